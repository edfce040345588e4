/** Signing in to the console at a company's identity provider: away, back, and on to where one was. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { Control } from '../control/control.ts';
import { ControlError, notFound } from '../control/errors.ts';
import { callerOf } from '../control/sessions/people.ts';
import { startSession } from '../control/sessions/sessions.ts';
import type { Authentication } from './authentication.ts';
import type { ApiEnv } from './environment.ts';
import { page, pagePolicy } from './oauth-pages.ts';
import { describeProblem } from './problem.ts';
import { createRouter, json, problems } from './route.ts';
import { giveCookie } from './session.ts';

const tags = ['Sessions'];
const answers = {
  302: { description: 'On.' },
  400: { description: 'Why not, and what to do.', content: { 'text/html': { schema: z.string() } } },
};
const livesSeconds = 600;

const ways = createRoute({
  method: 'get',
  path: '/v1/session/ways',
  operationId: 'signInWays',
  summary: 'How can people sign in?',
  description: 'An API key always works.',
  tags,
  security: [],
  responses: {
    200: json(
      z
        .object({
          singleSignOn: z
            .object({ name: z.string() })
            .nullable()
            .openapi({ description: 'The identity provider. Null: there is none.' }),
        })
        .openapi('SignInWays'),
      'The ways.',
    ),
    ...problems,
  },
});

const begin = createRoute({
  method: 'get',
  path: '/v1/session/oidc',
  operationId: 'beginSignIn',
  summary: 'Sign in at the identity provider (browser)',
  tags,
  security: [],
  request: {
    query: z.object({
      returnTo: z.string().max(2000).optional().openapi({ description: 'Page of the console to go on with.' }),
    }),
  },
  responses: { ...problems, ...answers },
});

const finish = createRoute({
  method: 'get',
  path: '/v1/session/oidc/callback',
  operationId: 'finishSignIn',
  summary: 'Return from the identity provider (browser)',
  tags,
  security: [],
  responses: { ...problems, ...answers },
});

const pendingSchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), returnTo: z.string() });
type Pending = z.infer<typeof pendingSchema>;

/** No key: mount them outside of what asks for one. */
export function singleSignOnRoutes(control: Control, { askElsewhere }: Pick<Authentication, 'askElsewhere'>) {
  const secure = control.publicUrl.startsWith('https:');
  const cookie = secure ? '__Host-crosswalk-sign-in' : 'crosswalk-sign-in';
  // Lax: the browser comes back from another site.
  const options = { httpOnly: true, secure, sameSite: 'Lax', path: '/' } as const;
  const router = createRouter();
  router.onError((error, c) => {
    const { problem } = describeProblem(c, error, (fault) =>
      control.log.error({ err: fault, requestId: c.get('requestId') }, 'sign-in failed'),
    );
    c.header('Content-Security-Policy', pagePolicy);
    const text = html`<p>${problem.message}</p><p>${problem.fix}</p><p><a href="/">To the sign-in page</a></p>`;
    return c.html(page('You are not signed in', html`${text}<p><small>${problem.requestId}</small></p>`), 400);
  });
  const provider = () => {
    if (control.identityProvider === undefined) throw notFound('address');
    return control.identityProvider;
  };
  return router
    .openapi(ways, (c) => {
      const { name } = control.identityProvider ?? {};
      return c.json({ singleSignOn: name === undefined ? null : { name } }, 200);
    })
    .openapi(begin, async (c) => {
      const { url, pending } = await provider().begin();
      const kept: Pending = { ...pending, returnTo: ownPath(control, c.req.valid('query').returnTo) };
      const value = Buffer.from(JSON.stringify(kept)).toString('base64url');
      setCookie(c, cookie, value, { ...options, maxAge: livesSeconds });
      return c.redirect(url, 302);
    })
    .openapi(finish, async (c) => {
      const pending = readPending(c, cookie);
      deleteCookie(c, cookie, options);
      const reply = new URL(c.req.url);
      const address = new URL(`${control.publicUrl}${reply.pathname}${reply.search}`);
      const { rules, finish: complete } = provider();
      const caller = await askElsewhere(c, async () =>
        callerOf(control, rules, await complete(address, pending), c.get('requestId')),
      );
      const { token } = await startSession(control, caller, c.req.header('user-agent') ?? '');
      giveCookie(c, control, token);
      // Looked at again: a cookie can come from whoever has another host of the domain.
      return c.redirect(ownPath(control, pending.returnTo), 302);
    });
}

/** Used once, by the browser that went away. @throws `SIGN_IN_STALE` */
function readPending(c: Context<ApiEnv>, cookie: string): Pending {
  const text = Buffer.from(getCookie(c, cookie) ?? '', 'base64url').toString('utf8');
  try {
    return pendingSchema.parse(JSON.parse(text));
  } catch {
    throw new ControlError({
      kind: 'invalid',
      code: 'SIGN_IN_STALE',
      message: 'This sign-in took longer than ten minutes, or was begun in another browser.',
      fix: 'Start again from the sign-in page.',
    });
  }
}

/** A page of the console, and nothing else: whoever makes the link must not send anybody elsewhere. */
function ownPath({ publicUrl }: Pick<Control, 'publicUrl'>, asked = '/'): string {
  const base = new URL(publicUrl);
  const url = URL.canParse(asked, publicUrl) ? new URL(asked, base) : base;
  const own = asked.startsWith('/') && url.origin === base.origin && !url.pathname.startsWith('//');
  return own ? `${url.pathname}${url.search}` : '/';
}
