/** Logging in at HubSpot: the start is behind a key; what the browser does is bound to it by a cookie. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { beginOAuth, confirmOAuth, finishOAuth, startOAuth } from '../control/connections/login.ts';
import type { Control } from '../control/control.ts';
import type { ApiEnv } from './environment.ts';
import { confirmPage, connectedPage, failedPage, pagePolicy } from './oauth-pages.ts';
import { describeProblem } from './problem.ts';
import { body, createRouter, json, needs, problems, tenantParam } from './route.ts';

const tags = ['Connections'];
const token = z.string().regex(/^[\w-]{20,100}$/);
const page = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } });
const pages = { 200: page('What was connected.'), 400: page('Why not, and what to do.') };

const start = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/connections/hubspot/oauth',
  operationId: 'startHubSpotLogin',
  summary: 'Start a HubSpot login',
  description:
    'Open the address in a browser within ten minutes. The login asks for the scopes that the configured syncs need.',
  tags,
  ...needs('admin'),
  request: {
    params: z.object({ tenant: tenantParam }),
    body: body(
      z.strictObject({
        allowPortalSwap: z.boolean().optional(),
        portalId: z
          .string()
          .regex(/^\d{1,15}$/)
          .optional()
          .openapi({ description: 'Accept only this account. It is still confirmed in the browser.' }),
      }),
      {},
    ),
  },
  responses: {
    200: json(z.object({ url: z.url(), scopes: z.array(z.string()) }).openapi('LoginStart'), 'The address to open.'),
    ...problems,
  },
});

const begin = createRoute({
  method: 'get',
  path: '/v1/oauth/hubspot/begin',
  operationId: 'beginHubSpotLogin',
  summary: 'Continue a login at HubSpot (browser)',
  tags,
  security: [],
  request: { query: z.object({ state: z.string().max(200) }) },
  responses: { 302: { description: 'To HubSpot.' }, 400: page('The reason.') },
});

const callback = createRoute({
  method: 'get',
  path: '/v1/oauth/hubspot/callback',
  operationId: 'finishHubSpotLogin',
  summary: 'Return from HubSpot (browser)',
  tags,
  security: [],
  request: {
    query: z.object({
      state: z.string().max(200),
      code: z.string().max(1000).optional(),
      error: z.string().max(200).optional(),
    }),
  },
  responses: pages,
});

const confirm = createRoute({
  method: 'post',
  path: '/v1/oauth/hubspot/confirm',
  operationId: 'confirmHubSpotLogin',
  summary: 'Confirm the HubSpot account (browser)',
  tags,
  security: [],
  request: {
    body: { content: { 'application/x-www-form-urlencoded': { schema: z.object({ token }) } }, required: true },
  },
  responses: pages,
});

export function oauthStartRoutes(control: Control) {
  return createRouter().openapi(start, async (c) => {
    const { tenant } = c.req.valid('param');
    return c.json(await startOAuth(control, c.get('caller'), tenant, c.req.valid('json')), 200);
  });
}

/** No key: mount them outside of what asks for one. */
export function oauthBrowserRoutes(control: Control) {
  const secure = control.publicUrl.startsWith('https:');
  const cookie = secure ? '__Host-crosswalk-login' : 'crosswalk-login';
  const router = createRouter();
  router.onError((error, c) => {
    const { problem } = describeProblem(c, error, (fault) =>
      control.log.error({ err: fault, requestId: c.get('requestId') }, 'login failed'),
    );
    return c.html(failedPage(problem), 400);
  });
  router.use('/v1/oauth/*', bodyLimit({ maxSize: 4096 }), async (c, next) => {
    // Asked by what looks at links, and never by a browser on its way: it is answered and nothing is done.
    if (c.req.method === 'HEAD') return c.body(null, 200);
    await next();
    c.header('Content-Security-Policy', pagePolicy);
    // The window that opened this one may be of another origin, and this one closes itself.
    c.header('Cross-Origin-Opener-Policy', 'unsafe-none');
  });
  const browserOf = (c: Context<ApiEnv>) => getCookie(c, cookie);

  router.openapi(begin, async (c) => {
    const { url, browser } = await beginOAuth(control, c.req.valid('query').state);
    setCookie(c, cookie, browser, { httpOnly: true, secure, sameSite: 'Lax', path: '/', maxAge: 1200 });
    return c.redirect(url, 302);
  });
  router.openapi(callback, async (c) => {
    const result = await finishOAuth(control, { ...c.req.valid('query'), browser: browserOf(c) });
    if (!result.done) return c.html(confirmPage(result.portal, result.token), 200);
    deleteCookie(c, cookie, { path: '/', secure });
    return c.html(connectedPage(result.portal), 200);
  });
  router.openapi(confirm, async (c) => {
    const portal = await confirmOAuth(control, { token: c.req.valid('form').token, browser: browserOf(c) });
    deleteCookie(c, cookie, { path: '/', secure });
    return c.html(connectedPage(portal), 200);
  });
  return router;
}
