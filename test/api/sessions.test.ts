/** Sessions of the console: what a browser holds instead of a key. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signInLink } from '../../src/control/sessions/sign-in-link.ts';
import { type Harness, startHarness } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await startHarness();
});
afterAll(() => api[Symbol.asyncDispose]());

const own = { origin: 'http://crosswalk.test' };

async function signIn(
  presented: object,
): Promise<{ status: number; cookie: string; header: string; body: Record<string, unknown> }> {
  const answer = await api.call(undefined, 'POST', '/v1/session', presented);
  const header = answer.headers.get('set-cookie') ?? '';
  return { status: answer.status, cookie: header.split(';')[0] ?? '', header, body: answer.body };
}

test('a session has the rights of its key, and its cookie cannot be read by scripts or sent by other sites', async () => {
  const key = await api.key(['operate']);
  const { status, cookie, header, body } = await signIn({ key });
  expect(status).toBe(201);
  expect(header).toMatch(/HttpOnly/);
  expect(header).toMatch(/SameSite=Strict/);
  expect(body).toMatchObject({ scopes: ['operate'], tenant: null });
  expect((await api.call(undefined, 'GET', '/v1/tenants', undefined, { cookie })).status).toBe(200);
  const refused = await api.call(undefined, 'POST', '/v1/tenants', { name: 'x' }, { cookie, ...own });
  expect([refused.status, refused.body.code]).toEqual([403, 'SCOPE_MISSING']);
  const rows = await api.db.platform((tx) => tx.selectFrom('sessions').selectAll().execute());
  expect(JSON.stringify(rows)).not.toContain(cookie.split('=')[1]);
});

test('a session ends when its key is revoked, when it was idle for 12 hours, after 7 days, and at signing out', async () => {
  const admin = await api.key(['admin']);
  const use = (cookie: string) => api.call(undefined, 'GET', '/v1/session', undefined, { cookie });
  const made = await api.call(admin, 'POST', '/v1/keys', { name: 'short', scopes: ['read'] });
  const revoked = await signIn({ key: made.body.secret });
  expect((await use(revoked.cookie)).status).toBe(200);
  await api.call(admin, 'DELETE', `/v1/keys/${made.body.key.id}`);
  expect((await use(revoked.cookie)).body.code).toBe('SIGNED_OUT');

  const left = await signIn({ key: admin });
  const out = await api.call(undefined, 'DELETE', '/v1/session', undefined, { cookie: left.cookie, ...own });
  expect(out.status).toBe(204);
  expect((await use(left.cookie)).status).toBe(401);

  const idle = await signIn({ key: admin });
  api.pass(12 * 3_600_000 + 1000);
  expect((await use(idle.cookie)).status).toBe(401);

  const busy = await signIn({ key: admin });
  for (let hours = 0; hours < 7 * 24; hours += 8) {
    expect([hours, (await use(busy.cookie)).status]).toEqual([hours, 200]);
    api.pass(8 * 3_600_000);
  }
  expect((await use(busy.cookie)).status).toBe(401);
});

test('a request of another site with the cookie is refused, whatever it sends', async () => {
  const { cookie } = await signIn({ key: await api.key(['admin']) });
  const from: Record<string, string>[] = [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}];
  for (const headers of from) {
    for (const [method, path] of [
      ['DELETE', '/v1/session'],
      ['POST', '/v1/tenants/t_x/pause'],
    ] as const) {
      const answer = await api.call(undefined, method, path, undefined, { cookie, ...headers });
      expect([method, answer.status, answer.body.code]).toEqual([method, 403, 'CROSS_SITE']);
    }
  }
  expect((await api.call(undefined, 'GET', '/v1/session', undefined, { cookie })).status).toBe(200);
});

test('a one-time code signs in once, and not after five minutes', async () => {
  const codeOf = async () => new URL((await signInLink(api.control, 'http://x'))!).hash.slice('#code='.length);
  const code = await codeOf();
  expect((await signIn({ code })).status).toBe(201);
  const again = await signIn({ code });
  expect([again.status, again.body.code]).toEqual([401, 'CODE_NOT_ACCEPTED']);
  const late = await codeOf();
  api.pass(5 * 60_000 + 1);
  expect((await signIn({ code: late })).status).toBe(401);
});

test('an administrator of a tenant sees and ends the sessions of that tenant only', async () => {
  const platform = await api.key(['admin']);
  const tenant = (await api.call(platform, 'POST', '/v1/tenants', { name: 'mine' })).body.id as string;
  const key = await api.key(['admin'], tenant);
  const mine = await signIn({ key: await api.key(['read'], tenant) });
  const theirs = await signIn({ key: platform });
  const listed = await api.call(key, 'GET', '/v1/sessions');
  expect(listed.body.sessions.map((one: { id: string }) => one.id)).toEqual([mine.body.session]);
  expect((await api.call(key, 'DELETE', `/v1/sessions/${theirs.body.session}`)).status).toBe(404);
  expect((await api.call(key, 'DELETE', `/v1/sessions/${mine.body.session}`)).status).toBe(204);
  expect((await api.call(undefined, 'GET', '/v1/session', undefined, { cookie: mine.cookie })).status).toBe(401);
});
