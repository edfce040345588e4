/** A key cannot ask without end, and an address cannot try keys without end. */
import { expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { createBuckets } from '../../src/api/limits.ts';
import { serveApp } from '../../src/api/serve.ts';
import { systemCaller } from '../../src/control/caller.ts';
import { queueRun } from '../../src/control/runs.ts';
import { createTurnstile } from '../../src/control/turnstile.ts';
import { openDatabase } from '../../src/db/index.ts';
import { connectOnPaper, startHarness } from './harness.ts';

test('a key that asks too often is told when to come back, another key is not, and time mends it', async () => {
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

test('an address that keeps being wrong about its key is stopped before the key is looked up', async () => {
  await using api = await startHarness({ limits: { perSecond: 100, burst: 100, failuresPerMinute: 3 } });
  const right = await api.key(['admin']);
  const statuses = [];
  for (let n = 0; n < 5; n++) statuses.push((await api.call(`cwk_wrong${n}`, 'GET', '/v1/tenants')).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  expect((await api.call(right, 'GET', '/v1/tenants')).status).toBe(429);
  api.pass(21_000);
  expect((await api.call(right, 'GET', '/v1/tenants')).status).toBe(200);
});

test('the address is the one of the socket, whatever a header says', async () => {
  await using api = await startHarness({ limits: { perSecond: 100, burst: 100, failuresPerMinute: 2 } });
  const right = await api.key(['admin']);
  const server = await serveApp(api.app, { host: '127.0.0.1', port: 0 });
  try {
    const ask = async (key: string, claimed: string) => {
      const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': claimed, 'x-real-ip': claimed };
      return (await fetch(`${server.url}/v1/tenants`, { headers })).status;
    };
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push(await ask('cwk_wrong', `203.0.113.${n}`));
    expect(statuses).toEqual([401, 401, 429, 429]);
    // Asked without a socket, the app takes it for another address: it was the socket's that was counted.
    expect((await api.call(right, 'GET', '/v1/tenants')).status).toBe(200);
  } finally {
    await server.close();
  }
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

test('a turnstile lets so many through at once, in order, and a failure gives its place back', async () => {
  const through = createTurnstile(2);
  const begun: number[] = [];
  let inside = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const pass = (n: number) =>
    through(async () => {
      begun.push(n);
      most = Math.max(most, ++inside);
      await new Promise<void>((end) => ends.push(end));
      inside -= 1;
      if (n % 2 === 0) throw new Error('on purpose');
    }).catch(() => undefined);
  const all = Promise.all(Array.from({ length: 7 }, (_, n) => pass(n)));
  while (begun.length < 7 || ends.length > 0) {
    ends.shift()?.();
    await Promise.resolve();
  }
  await all;
  expect(most).toBe(2);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
});
