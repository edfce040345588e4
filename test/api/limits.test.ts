/** A key cannot ask without end, and an address cannot try keys without end. */
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { createAddressOf } from '../../src/api/client-address.ts';
import type { ApiEnv } from '../../src/api/environment.ts';
import { createBuckets } from '../../src/api/limits.ts';
import { systemCaller } from '../../src/control/caller.ts';
import { queueRun } from '../../src/control/runs/start.ts';
import { openDatabase } from '../../src/db/index.ts';
import { connectOnPaper, startHarness } from './harness.ts';

test('a key that asks too often is told when to come back, another key is not, and after a while it may ask again', async () => {
  await using api = await startHarness({ limits: { perSecond: 0.001, burst: 5, failuresPerMinute: 100 } });
  const [one, other] = [await api.key(['admin']), await api.key(['admin'])];
  const ask = (key: string) => api.call(key, 'GET', '/v1/tenants');
  for (let n = 0; n < 5; n++) expect((await ask(one)).status).toBe(200);
  const refused = await ask(one);
  expect(refused).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await ask(other)).status).toBe(200);
  api.pass(1_000_000);
  expect((await ask(one)).status).toBe(200);
});

test('an address that keeps being wrong about its key is refused longer, and a good key from there always gets through', async () => {
  await using api = await startHarness({ limits: { perSecond: 100, burst: 100, failuresPerMinute: 3 } });
  const right = await api.key(['admin']);
  const ask = async (key: string | undefined) => (await api.call(key, 'GET', '/v1/tenants')).status;
  const statuses = [];
  for (let n = 0; n < 5; n++) statuses.push(await ask(`cwk_wrong${n}`));
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  for (let n = 0; n < 100; n++) await ask(n % 2 === 0 ? undefined : `cwk_wrong${n}`);
  expect(await ask(right)).toBe(200);
  // A key that nobody has used yet does as well.
  expect(await ask(await api.key(['read']))).toBe(200);
  api.pass(21_000);
  expect(await ask('cwk_wrong')).toBe(401);
  expect(await ask('cwk_wrong')).toBe(429);
});

test('a revoked and an expired key are wrong ones from the next request on, however many are asked about at once', async () => {
  await using api = await startHarness();
  const admin = await api.key(['admin']);
  const made = async (more = {}) =>
    (await api.call(admin, 'POST', '/v1/keys', { name: 'x', scopes: ['admin'], ...more })).body;
  const [revoked, expiring, good] = [
    await made(),
    await made({ expiresAt: new Date(Date.now() + 60_000).toISOString() }),
    await made(),
  ];
  const ask = (key: string) => api.call(key, 'GET', '/v1/tenants');
  for (const { secret } of [revoked, expiring, good]) expect((await ask(secret)).status).toBe(200);
  await api.call(admin, 'DELETE', `/v1/keys/${revoked.key.id}`);
  api.pass(61_000);
  const keys = Array.from({ length: 50 }, (_, n) => [revoked.secret, expiring.secret, good.secret, `cwk_${n}`]).flat();
  const answers = await Promise.all(keys.map(ask));
  expect(answers.map(({ status }) => status)).toEqual(keys.map((key) => (key === good.secret ? 200 : 401)));
  const noted = (await api.call(admin, 'GET', '/v1/keys')).body.keys.find(
    ({ id }: { id: string }) => id === good.key.id,
  );
  expect(Date.parse(noted.lastUsedAt)).toBeGreaterThan(Date.now() + 60_000);
});

/** As `@hono/node-server` hands it on. */
const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });

test.each([
  // With no trusted proxy the socket's address counts, whatever a header says.
  ['', '198.51.100.9', '203.0.113.1', '198.51.100.9'],
  ['', '10.0.0.1', '203.0.113.1', '10.0.0.1'],
  ['', '::ffff:198.51.100.9', undefined, '198.51.100.9'],
  // The rightmost address that is no trusted proxy; what is left of it is anybody's text.
  ['10.0.0.1', '10.0.0.1', '203.0.113.1', '203.0.113.1'],
  ['10.0.0.1', '10.0.0.1', '1.1.1.1, 203.0.113.1', '203.0.113.1'],
  ['10.0.0.0/8', '10.0.0.1', '1.1.1.1, 203.0.113.1, 10.9.9.9', '203.0.113.1'],
  ['10.0.0.0/8', '10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
  ['10.0.0.0/8', '::ffff:10.0.0.1', '203.0.113.1', '203.0.113.1'],
  ['10.0.0.0/8', '10.0.0.1', '203.0.113.1:4711', '203.0.113.1'],
  ['10.0.0.0/8', '198.51.100.9', '203.0.113.1', '198.51.100.9'],
  // A header that is missing or no address leaves the nearest hop that is known.
  ['10.0.0.0/8', '10.0.0.1', undefined, '10.0.0.1'],
  ['10.0.0.0/8', '10.0.0.1', 'unknown', '10.0.0.1'],
  ['10.0.0.0/8', '10.0.0.1', '203.0.113.1, , 10.0.0.2', '10.0.0.2'],
  ['10.0.0.0/8', '10.0.0.1', "203.0.113.1, ' or 1=1", '10.0.0.1'],
  // Of IPv6 the network of one subscriber.
  ['', '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
  ['', '2001:DB8:1:2::', undefined, '2001:db8:1:2::/64'],
  ['', 'fe80::1%eth0', undefined, 'fe80:0:0:0::/64'],
  ['', '::1', undefined, '0:0:0:0::/64'],
  ['fd00::/8, 10.0.0.0/8', 'fd00::1', '[2001:db8:0:7::9]:443, 10.1.1.1', '2001:db8:0:7::/64'],
])(
  'behind the proxies %j, the socket %s and the header %j: failures are those of %s',
  async (trusted, socket, header, address) => {
    const app = new Hono<ApiEnv>();
    const addressOf = createAddressOf(
      trusted
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    );
    app.get('/', (c) => c.text(addressOf(c).counted));
    const headers: Record<string, string> = header === undefined ? {} : { 'x-forwarded-for': header };
    expect(await (await app.request('/', { headers }, from(socket))).text()).toBe(address);
  },
);

test('behind a trusted proxy whoever fails is limited, and the others that come through it are not', async () => {
  await using api = await startHarness();
  const app = createApp(api.control, {
    limits: { perSecond: 100, burst: 100, failuresPerMinute: 2 },
    trustedProxies: ['10.0.0.0/8'],
  });
  const ask = async (claimed: string) => {
    const headers = { authorization: 'Bearer cwk_wrong', 'x-forwarded-for': `1.2.3.4, ${claimed}` };
    return (await app.request('/v1/tenants', { headers }, from('10.0.0.1'))).status;
  };
  const statuses = [];
  for (let n = 0; n < 4; n++) statuses.push(await ask('203.0.113.1'));
  expect(statuses).toEqual([401, 401, 429, 429]);
  expect(await ask('203.0.113.2')).toBe(401);
});

test('a clock that is set back keeps nobody out', () => {
  let now = 1e12;
  const buckets = createBuckets(1, 5, () => now);
  expect(buckets.take('x')).toBe(0);
  now -= 3_600_000;
  expect(buckets.take('x')).toBe(0);
});

test('the memory of callers is bounded', () => {
  const buckets = createBuckets(1, 1, () => 0);
  expect(buckets.take('first')).toBe(0);
  expect(buckets.take('first')).toBeGreaterThan(0);
  for (let n = 0; n < 10_000; n++) buckets.take(`n${n}`);
  expect(buckets.take('first')).toBe(0);
});

test('a sync is not started by hand without end, and the daily run is not counted', async () => {
  await using api = await startHarness({ quotas: { runsPerHour: 2 } });
  const admin = await api.key(['admin']);
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'busy' })).body.id as string;
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { joinKey: { property: 'email' } });
  await connectOnPaper(api.db, tenant);
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  const close = () => api.db.tenant(tenant, (tx) => tx.updateTable('runs').set({ state: 'succeeded' }).execute());
  const start = (how: object = {}) => api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, how);
  // A retry reads everything and writes: it cannot be asked to do less.
  for (const less of [{ dryRun: true }, { scope: 'delta' }]) {
    expect((await start({ retry: true, ...less })).status).toBe(422);
  }
  for (const [how, trigger] of [[{}, 'manual'] as const, [{ retry: true }, 'retry'] as const]) {
    expect(await start(how)).toMatchObject({ status: 202, body: { run: { trigger, scope: 'full', dryRun: false } } });
    await close();
  }
  expect(await start({ retry: true })).toMatchObject({ status: 429, body: { code: 'RUN_QUOTA' } });
  expect(await start()).toMatchObject({ status: 429, body: { code: 'RUN_QUOTA' } });
  const daily = await queueRun(api.control, systemCaller('schedule'), {
    tenantId: tenant,
    object: 'visitor',
    trigger: 'daily',
  });
  expect(daily.started).toBe(true);
});

test('an installation takes so many tenants and no more, and still answers for the ones that it has', async () => {
  await using api = await startHarness({ quotas: { tenants: 1 } });
  const admin = await api.key(['admin']);
  const create = (externalId: string) => api.call(admin, 'POST', '/v1/tenants', { name: 'x', externalId });
  expect((await create('a')).status).toBe(201);
  expect((await create('b')).body.code).toBe('TENANT_QUOTA');
  expect((await create('a')).status).toBe(200);
});

test('without its database the API says so and that it passes, and is not ready', async () => {
  await using api = await startHarness();
  const db = openDatabase({ url: 'postgres://nobody:nothing@127.0.0.1:9/none' });
  try {
    const app = createApp({ ...api.control, db });
    const answer = await app.request('/v1/tenants', { headers: { authorization: 'Bearer cwk_any' } });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await answer.json()).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect((await app.request('/health/live')).status).toBe(200);
    expect((await app.request('/health/ready')).status).toBe(503);
  } finally {
    await db.close();
  }
});
