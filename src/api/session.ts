/** Signing in to the console: a session in a cookie that stands for an API key. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { Caller } from '../control/caller.ts';
import type { Control } from '../control/control.ts';
import {
  endOwnSession,
  endSession,
  type ListedSession,
  listSessions,
  longestMs,
  startSession,
} from '../control/sessions/sessions.ts';
import { getTenant } from '../control/tenants/tenants.ts';
import { type Authentication, cookieName } from './authentication.ts';
import { plainJson } from './edge.ts';
import type { ApiEnv } from './environment.ts';
import { body, createRouter, instant, json, needs, problems } from './route.ts';

const tags = ['Sessions'];
const scope = z.enum(['read', 'operate', 'admin']);

const whoSchema = z
  .object({
    scopes: z.array(scope),
    tenant: z
      .object({ id: z.string(), name: z.string() })
      .nullable()
      .openapi({ description: 'The one tenant that this caller may see. Null: every tenant.' }),
    key: z.string().openapi({ description: 'Id of the API key.', example: 'k_9f2c4e6a8b0d1f3a5c' }),
    session: z.string().nullable().openapi({ description: 'Null: the request came with the key itself.' }),
    temporalUrl: z.string().nullable().openapi({ description: 'Address of the Temporal UI, if known.' }),
  })
  .openapi('Who');

const sessionSchema = z
  .object({
    id: z.string().openapi({ example: 's_9f2c4e6a8b0d1f3a5c' }),
    tenantId: z.string().nullable(),
    key: z.object({ id: z.string(), name: z.string() }),
    agent: z.string().openapi({ description: 'The browser, as it calls itself.' }),
    createdAt: instant,
    seenAt: instant,
    expiresAt: instant,
    own: z.boolean().openapi({ description: 'The session of this request.' }),
  })
  .openapi('Session');

const start = createRoute({
  method: 'post',
  path: '/v1/session',
  operationId: 'startSession',
  summary: 'Sign in',
  description:
    'Exchanges an API key, or a one-time code, for a session in a cookie. It ends after 12 hours without a request, after 7 days, or with the key.',
  tags,
  security: [],
  request: {
    body: body(
      z.union([
        z.strictObject({ key: z.string().min(1).max(200) }),
        z.strictObject({ code: z.string().min(1).max(200) }),
      ]),
      { key: 'cwk_…' },
    ),
  },
  responses: { 201: json(whoSchema, 'Signed in.'), ...problems },
});

const get = createRoute({
  method: 'get',
  path: '/v1/session',
  operationId: 'getSession',
  summary: 'Who am I?',
  description: 'What the key or session of this request may do.',
  tags,
  ...needs('read'),
  responses: { 200: json(whoSchema, 'The caller.'), ...problems },
});

const end = createRoute({
  method: 'delete',
  path: '/v1/session',
  operationId: 'endOwnSession',
  summary: 'Sign out',
  description: 'Ends the session of this request. A request with a key has none, and nothing happens.',
  tags,
  ...needs('read'),
  responses: { 204: { description: 'Signed out.' }, ...problems },
});

const list = createRoute({
  method: 'get',
  path: '/v1/sessions',
  operationId: 'listSessions',
  summary: 'List open sessions',
  tags,
  ...needs('admin'),
  responses: {
    200: json(z.object({ sessions: z.array(sessionSchema) }).openapi('SessionList'), 'Last used first.'),
    ...problems,
  },
});

const remove = createRoute({
  method: 'delete',
  path: '/v1/sessions/{session}',
  operationId: 'endSession',
  summary: 'End a session',
  tags,
  ...needs('admin'),
  request: {
    params: z.object({
      session: z
        .string()
        .regex(/^s_[a-z0-9]{1,40}$/)
        .openapi({ param: { name: 'session', in: 'path' }, example: 's_9f2c4e6a8b0d1f3a5c' }),
    }),
  },
  responses: { 204: { description: 'Ended.' }, ...problems },
});

async function who(control: Control, caller: Caller): Promise<z.infer<typeof whoSchema>> {
  const tenant = caller.tenantId === null ? null : await getTenant(control, caller, caller.tenantId);
  return {
    scopes: [...caller.scopes],
    tenant: tenant && { id: tenant.id, name: tenant.name },
    key: caller.actor.replace(/^key:/, ''),
    session: caller.session ?? null,
    temporalUrl: control.temporalUrl ?? null,
  };
}

/** Outside of what asks for a key. */
export function signInRoutes(control: Control, authentication: Pick<Authentication, 'signIn'>) {
  const name = cookieName(control.publicUrl);
  const router = createRouter();
  // Whoever signs in has shown nothing yet: a key fits into little.
  router.use('/v1/session', bodyLimit({ maxSize: 4096 }), plainJson);
  return router.openapi(start, async (c) => {
    const agent = c.req.header('user-agent') ?? '';
    const { caller, token } = await startSession(control, await authentication.signIn(c, c.req.valid('json')), agent);
    setCookie(c, name, token.reveal(), { ...cookieOptions(control), maxAge: longestMs / 1000 });
    return c.json(await who(control, caller), 201);
  });
}

export function sessionRoutes(control: Control) {
  return createRouter()
    .openapi(get, async (c) => c.json(await who(control, c.get('caller')), 200))
    .openapi(end, async (c) => {
      await endOwnSession(control, c.get('caller'));
      forgetCookie(c, control);
      return c.body(null, 204);
    })
    .openapi(list, async (c) => {
      const caller = c.get('caller');
      const sessions = await listSessions(control, caller);
      return c.json({ sessions: sessions.map((row) => toSession(row, caller)) }, 200);
    })
    .openapi(remove, async (c) => {
      await endSession(control, c.get('caller'), c.req.valid('param').session);
      return c.body(null, 204);
    });
}

function toSession(row: ListedSession, caller: Caller): z.infer<typeof sessionSchema> {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    key: { id: row.key_id, name: row.key_name },
    agent: row.agent,
    createdAt: row.created_at.toISOString(),
    seenAt: row.seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    own: row.id === caller.session,
  };
}

function cookieOptions({ publicUrl }: Pick<Control, 'publicUrl'>) {
  const secure = publicUrl.startsWith('https:');
  return { httpOnly: true, secure, sameSite: 'Strict', path: '/' } as const;
}

function forgetCookie(c: Context<ApiEnv>, control: Control): void {
  deleteCookie(c, cookieName(control.publicUrl), cookieOptions(control));
}
