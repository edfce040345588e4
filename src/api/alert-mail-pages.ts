/** What the links in mails lead to. Programs that look at links only open them: it is the button that does something. */
import { createRoute, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import { followLink, readLink } from '../control/alerts/recipients.ts';
import type { Control } from '../control/control.ts';
import { page, pagePolicy } from './oauth-pages.ts';
import { describeProblem } from './problem.ts';
import { createRouter } from './route.ts';

const token = z.string().max(200);
const answer = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } });
const responses = { 200: answer('A page.'), 400: answer('Why not, and what to do.') };

function routesOf(purpose: 'confirm' | 'stop', [asks, does]: [string, string]) {
  const path = `/v1/alerts/${purpose}` as const;
  const name = purpose === 'confirm' ? 'AlertMails' : 'AlertMailsEnd';
  const base = { path, tags: ['Alerts'], security: [], responses };
  return {
    look: createRoute({
      ...base,
      method: 'get',
      operationId: `ask${name}`,
      summary: `${asks} (browser)`,
      request: { query: z.object({ token }) },
    }),
    act: createRoute({
      ...base,
      method: 'post',
      operationId: `confirm${name}`,
      summary: `${does} (browser)`,
      request: {
        body: { content: { 'application/x-www-form-urlencoded': { schema: z.object({ token }) } }, required: true },
      },
    }),
  };
}

const confirm = routesOf('confirm', ['Show a confirmation link of a mail', 'Agree to get alerts by e-mail']);
const stop = routesOf('stop', ['Show a stop link of a mail', 'Get no more alerts by e-mail']);

const form = (purpose: string, value: string, button: string) =>
  html`<form method="post" action="/v1/alerts/${purpose}"><input type="hidden" name="token" value="${value}"><button type="submit">${button}</button></form>`;

/** No key: mount them outside of what asks for one. */
export function alertMailPages(control: Control) {
  const router = createRouter();
  router.onError((error, c) => {
    const { problem } = describeProblem(c, error, (fault) =>
      control.log.error({ err: fault, requestId: c.get('requestId') }, 'a link of a mail failed'),
    );
    return c.html(page('This link does not work', html`<p>${problem.message}</p><p>${problem.fix}</p>`), 400);
  });
  router.use('/v1/alerts/*', bodyLimit({ maxSize: 4096 }), async (c, next) => {
    await next();
    c.header('Content-Security-Policy', pagePolicy);
    c.header('Referrer-Policy', 'no-referrer');
  });
  router.openapi(confirm.look, async (c) => {
    const { token: given } = c.req.valid('query');
    const { email, tenant } = await readLink(control, given, 'confirm');
    const text = html`<p>Send alerts of <strong>${tenant}</strong> to <strong>${email}</strong>?</p>`;
    return c.html(page('Alerts by e-mail', html`${text}${form('confirm', given, 'Yes, send them')}`), 200);
  });
  router.openapi(confirm.act, async (c) => {
    await followLink(control, c.req.valid('form').token, 'confirm');
    return c.html(page('You will get alerts', html`<p>Every mail has a link that ends this.</p>`), 200);
  });
  router.openapi(stop.look, async (c) => {
    const { token: given } = c.req.valid('query');
    const { email, tenant } = await readLink(control, given, 'stop');
    const text = html`<p>Send no more alerts of <strong>${tenant}</strong> to <strong>${email}</strong>?</p>`;
    return c.html(page('Alerts by e-mail', html`${text}${form('stop', given, 'Stop them')}`), 200);
  });
  router.openapi(stop.act, async (c) => {
    await followLink(control, c.req.valid('form').token, 'stop');
    return c.html(page('No more alerts', html`<p>This address is removed.</p>`), 200);
  });
  return router;
}
