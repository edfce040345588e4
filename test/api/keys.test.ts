/** A key is no more than who made it, there are only so many, and what was revoked stays so. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../src/control/caller.ts';
import { createApiKey } from '../../src/control/keys/api-keys.ts';
import { ensureBootstrapKey } from '../../src/control/keys/bootstrap-key.ts';
import { signInLink } from '../../src/control/sessions/sign-in-link.ts';
import type { Scope } from '../../src/db/schema-control.ts';
import { type Answer, type Harness, startHarness } from './harness.ts';

let api: Harness;
let admin: string;
beforeAll(async () => {
  api = await startHarness();
  admin = await api.key(['admin']);
});
afterAll(() => api[Symbol.asyncDispose]());

const newTenant = async (of = api, key = admin): Promise<string> =>
  (await of.call(key, 'POST', '/v1/tenants', { name: 'T' })).body.id;
const inHours = (hours: number): string => new Date(api.control.clock() + hours * 3_600_000).toISOString();

interface Made {
  tenantId?: string | undefined;
  scopes?: Scope[];
  expiresAt?: Date;
  networks?: string[];
}
const made = async ({ scopes = ['admin'], ...more }: Made): Promise<string> =>
  (await createApiKey(api.control, systemCaller('cli'), { name: 'maker', scopes, ...more })).secret.reveal();

/** As `@hono/node-server` hands it on. */
const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });

async function ask(
  address: string,
  headers: Record<string, string>,
  method = 'GET',
  path = '/v1/tenants',
  body?: object,
) {
  const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await api.app.request(path, init, from(address));
  return {
    status: response.status, // biome-ignore lint/suspicious/noExplicitAny: tests read members of many shapes
    body: (await response.json().catch(() => ({}))) as any,
    headers: response.headers,
  };
}

/** By the key itself, and by a session that stands for it. */
async function asEither(key: string, address: string): Promise<Record<string, string>[]> {
  const json = { 'content-type': 'application/json' };
  const signedIn = await ask(address, json, 'POST', '/v1/session', { key });
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  return [
    { authorization: `Bearer ${key}`, ...json },
    { cookie, origin: 'http://crosswalk.test', ...json },
  ];
}

test('a key, and a session of it, makes no key that outlives it, may more, or may be used from elsewhere', async () => {
  for (const tenantId of [undefined, await newTenant()]) {
    const ends = new Date(api.control.clock() + 24 * 3_600_000);
    const maker = await made({ tenantId, expiresAt: ends, networks: ['203.0.113.0/24', '2001:db8::/32'] });
    for (const headers of await asEither(maker, '203.0.113.7')) {
      const make = async (more: object) =>
        ask('203.0.113.7', headers, 'POST', '/v1/keys', {
          name: 'x',
          scopes: ['admin'],
          ...(tenantId && { tenantId }),
          ...more,
        });
      const beyond: [string, object][] = [
        ['expiresAt', { expiresAt: inHours(25) }],
        ['expiresAt', { expiresAt: '2999-01-01T00:00:00.000Z' }],
        ['networks', { networks: ['0.0.0.0/0'] }],
        ['networks', { networks: ['::/0'] }],
        ['networks', { networks: ['203.0.113.0/23'] }],
        ['networks', { networks: ['203.0.113.9', '198.51.100.1'] }],
        ['networks', { networks: ['2001:db8::/31'] }],
      ];
      for (const [field, more] of beyond) {
        const refused = await make(more);
        expect([more, refused.status, refused.body.code]).toEqual([more, 403, 'KEY_EXCEEDS_MAKER']);
        expect(refused.body.fields).toMatchObject([{ path: field }]);
      }
      // What is left out is as the maker has it.
      const heir = (await make({})).body.key;
      expect(heir).toMatchObject({
        expiresAt: ends.toISOString(),
        networks: ['203.0.113.0/24', '2001:db8:0:0:0:0:0:0/32'],
      });
      const less = await make({
        expiresAt: inHours(1),
        networks: ['203.0.113.9', '2001:db8:1::/48'],
        scopes: ['read'],
      });
      expect(less.status).toBe(201);
    }
  }
});

test('a key that is bound to no time and no place makes what it likes', async () => {
  const answer = await api.call(admin, 'POST', '/v1/keys', { name: 'x', scopes: ['read'], networks: ['10.1.2.3/8'] });
  expect(answer.body.key).toMatchObject({ expiresAt: null, networks: ['10.0.0.0/8'] });
  for (const networks of [[], ['10.0.0.0/33'], ['example.com'], ['10.0.0.1/'], ['fe80::1%eth0'], ['1.2.3.4/8/8']]) {
    expect((await api.call(admin, 'POST', '/v1/keys', { name: 'x', scopes: ['read'], networks })).status).toBe(422);
  }
});

test.each([
  [['203.0.113.0/24'], '203.0.113.255', 200],
  [['203.0.113.0/24'], '203.0.114.0', 403],
  [['203.0.113.0/24'], '::ffff:203.0.113.7', 200],
  [['::ffff:203.0.113.0/120'], '203.0.113.7', 200],
  [['203.0.113.7'], '203.0.113.7', 200],
  [['203.0.113.7'], '203.0.113.8', 403],
  [['198.51.100.1', '203.0.113.7/32'], '203.0.113.7', 200],
  [['2001:db8::/32'], '2001:db8:ffff::1', 200],
  [['2001:db8::/32'], '2001:db9::1', 403],
  [['2001:DB8:0::5'], '2001:db8::5', 200],
  [['2001:db8::/65'], '2001:db8::8000:0:0:1', 403],
  [['0.0.0.0/0'], '203.0.113.7', 200],
  [['0.0.0.0/0'], '2001:db8::1', 403],
  [['::/0'], '203.0.113.7', 200],
  [['203.0.113.0/24'], '', 403],
])(
  'a key for %j is answered to %s with %i, by itself and by a session, and a session is begun there only',
  async (networks, address, status) => {
    const inside = networks[0]!.split('/')[0]!;
    const key = await made({ networks, scopes: ['read'] });
    const signIn = await ask(address, { 'content-type': 'application/json' }, 'POST', '/v1/session', { key });
    expect(signIn.status).toBe(status === 200 ? 201 : 403);
    for (const headers of await asEither(key, inside)) {
      const answer = await ask(address, headers);
      expect(answer.status).toBe(status);
      if (status === 403)
        expect(answer.body).toMatchObject({
          code: 'ADDRESS_NOT_ALLOWED',
          fix: expect.stringContaining('TRUSTED_PROXIES'),
        });
    }
  },
);

test('a header says nothing of where a key is used, unless a trusted proxy wrote it', async () => {
  const key = await made({ networks: ['203.0.113.0/24'], scopes: ['read'] });
  const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': '203.0.113.7' };
  expect((await ask('198.51.100.1', headers)).status).toBe(403);
});

test('a tenant has so many keys, and makes so many in a day, however many it revokes; another is not concerned', async () => {
  await using small = await startHarness({ quotas: { keys: 3 } });
  const platform = await small.key(['admin']);
  const tenant = await newTenant(small, platform);
  const make = (tenantId: string | undefined): Promise<Answer> =>
    small.call(platform, 'POST', '/v1/keys', { name: 'x', scopes: ['read'], ...(tenantId && { tenantId }) });
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push((await make(tenant)).body.key.id);
  const full = await make(tenant);
  expect(full).toMatchObject({ status: 409, body: { code: 'KEY_QUOTA', quota: { limit: 3, freeAt: null } } });
  expect(full.body.fix).toContain('CROSSWALK_MAX_KEYS');
  await small.call(platform, 'DELETE', `/v1/keys/${ids[0]}`);
  const began = small.control.clock();
  const again = await make(tenant);
  expect(again).toMatchObject({ status: 429, body: { code: 'KEY_QUOTA', quota: { limit: 3 } } });
  const wait = Date.parse(again.body.quota.freeAt) - began;
  expect(wait).toBeGreaterThan(23 * 3_600_000);
  expect(wait).toBeLessThanOrEqual(24 * 3_600_000);
  expect((await make(await newTenant(small, platform))).status).toBe(201);
  // The installation's own: two more beside the one that asks.
  expect([(await make(undefined)).status, (await make(undefined)).status, (await make(undefined)).status]).toEqual([
    201, 201, 409,
  ]);
  small.pass(24 * 3_600_000);
  expect((await make(tenant)).status).toBe(201);
  // All at once as well.
  const other = await newTenant(small, platform);
  const statuses = (await Promise.all(Array.from({ length: 8 }, () => make(other)))).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(3);
});

test('more keys and sessions are no more requests: those of a tenant have a limit together, and making keys counts tenfold', async () => {
  await using slow = await startHarness({ limits: { perSecond: 0.001, burst: 20, failuresPerMinute: 100 } });
  const platform = await slow.key(['admin']);
  const tenant = await newTenant(slow, platform);
  const keys: string[] = [];
  for (let n = 0; n < 6; n++) keys.push(await slow.key(['admin'], tenant));
  let answered = 0;
  for (const key of keys) {
    for (let n = 0; n < 20; n++)
      if ((await slow.call(key, 'GET', `/v1/tenants/${tenant}`)).status === 200) answered += 1;
  }
  expect(answered).toBe(80);
  expect((await slow.call(platform, 'GET', `/v1/tenants/${tenant}`)).status).toBe(200);
  const maker = await slow.key(['admin'], await newTenant(slow, platform));
  const make = () => slow.call(maker, 'POST', '/v1/keys', { name: 'x', scopes: ['read'] });
  const statuses = [(await make()).status, (await make()).status, (await make()).status];
  expect(statuses.at(-1)).toBe(429);
});

test('lists have pages, and pages hold each thing once', async () => {
  await using many = await startHarness();
  const platform = await many.key(['admin']);
  const tenant = await newTenant(many, platform);
  for (let n = 0; n < 5; n++) {
    await many.key(['read'], tenant);
    await many.call(undefined, 'POST', '/v1/session', { key: platform });
  }
  await many.db.tenant(tenant, (tx) =>
    tx
      .insertInto('alerts')
      .values(
        [1, 2, 3, 4, 5].map((n) => ({
          id: `msg_${n}`,
          tenant_id: tenant,
          object: 'visitor',
          kind: 'failed',
          body: '{}',
        })),
      )
      .execute(),
  );
  const lists: [string, string][] = [
    ['/v1/keys?', 'keys'],
    [`/v1/keys?tenantId=${tenant}&`, 'keys'],
    ['/v1/sessions?', 'sessions'],
    [`/v1/tenants/${tenant}/alerts?`, 'alerts'],
  ];
  for (const [path, name] of lists) {
    const whole: { id: string }[] = (await many.call(platform, 'GET', `${path}limit=200`)).body[name];
    expect(whole.length).toBeGreaterThanOrEqual(5);
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { body } = await many.call(platform, 'GET', `${path}limit=2${next && `&before=${next}`}`);
      expect(body[name].length).toBeLessThanOrEqual(2);
      paged.push(...body[name].map(({ id }: { id: string }) => id));
      next = body.next;
    }
    expect(paged).toEqual(whole.map(({ id }) => id));
  }
  expect((await many.call(platform, 'GET', '/v1/attention?limit=1&offset=3')).body).toEqual({ items: [], total: 0 });
});

test('a bootstrap key that was revoked or replaced is not accepted again, however often a process starts with it', async () => {
  await using fresh = await startHarness();
  const [first, second] = ['0f9a4c7be1d2835f6ab9c0d4e7f81235', '9b2c5d8e1f4a7b0c3d6e9f2a5b8c1d4e'];
  const works = async (key: string) => (await fresh.call(key, 'GET', '/v1/keys')).status === 200;
  await ensureBootstrapKey(fresh.control, first);
  expect(await works(first)).toBe(true);
  expect((await fresh.call(first, 'DELETE', '/v1/keys/bootstrap')).status).toBe(204);
  await ensureBootstrapKey(fresh.control, first);
  expect(await works(first)).toBe(false);
  expect(fresh.logged.join('\n')).toContain('BOOTSTRAP_KEY_REVOKED');
  expect(fresh.logged.join('\n')).not.toContain(first);
  // Another value is another key, and the one before stays what it was.
  await ensureBootstrapKey(fresh.control, second);
  expect([await works(first), await works(second)]).toEqual([false, true]);
  const session = await fresh.call(undefined, 'POST', '/v1/session', { key: second });
  await ensureBootstrapKey(fresh.control, first);
  expect([await works(first), await works(second)]).toEqual([false, true]);
  await ensureBootstrapKey(fresh.control, '3e6f1a9d2c5b8e7f4a0d3c6b9e2f5a81');
  expect([await works(first), await works(second)]).toEqual([false, false]);
  const cookie = session.headers.get('set-cookie')!.split(';')[0]!;
  expect((await fresh.call(undefined, 'GET', '/v1/session', undefined, { cookie })).status).toBe(401);
  await ensureBootstrapKey(fresh.control, second);
  expect(await works(second)).toBe(false);

  const reader = await fresh.key(['admin']);
  await signInLink(fresh.control, 'http://x');
  const { entries } = (await fresh.call(reader, 'GET', '/v1/audit?limit=200')).body;
  const ofEnvironment = entries.filter(({ actor }: { actor: string }) => actor === 'environment');
  expect(ofEnvironment.map(({ action }: { action: string }) => action).reverse()).toEqual([
    'key.created',
    'key.replaced',
    'key.replaced',
  ]);
});

test('the key behind sign-in links is made in the audit trail as well', async () => {
  await using fresh = await startHarness();
  await signInLink(fresh.control, 'http://x');
  await signInLink(fresh.control, 'http://x');
  const { entries } = (await fresh.call(await fresh.key(['admin']), 'GET', '/v1/audit')).body;
  const ofConsole = entries.filter(({ subject }: { subject: string }) => subject === 'key:console');
  expect(ofConsole).toMatchObject([{ actor: 'environment', action: 'key.created', after: { scopes: ['admin'] } }]);
});

test('a key that was in wrong hands is revoked with all that it made, and nothing else', async () => {
  const tenant = await newTenant();
  const make = async (by: string) =>
    (await api.call(by, 'POST', '/v1/keys', { name: 'x', scopes: ['admin'], tenantId: tenant })).body;
  const root = await make(admin);
  const child = await make(root.secret);
  const grandchild = await make(child.secret);
  const sibling = await make(admin);
  await api.call(admin, 'DELETE', `/v1/keys/${root.key.id}?withMade=true`);
  const works = async (key: string) => (await api.call(key, 'GET', `/v1/tenants/${tenant}`)).status === 200;
  const after = await Promise.all([root, child, grandchild, sibling].map(({ secret }) => works(secret)));
  expect(after).toEqual([false, false, false, true]);
  // By itself a key leaves what it made: keys are replaced like that.
  const old = await make(admin);
  const heir = await make(old.secret);
  await api.call(admin, 'DELETE', `/v1/keys/${old.key.id}`);
  expect([await works(old.secret), await works(heir.secret)]).toEqual([false, true]);
});
