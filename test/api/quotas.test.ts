/** Quotas count what costs, however it was asked for, and say how much there is and when there is room again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../src/control/caller.ts';
import type { Quotas } from '../../src/control/control.ts';
import { queueScheduled } from '../../src/control/runs/scheduled.ts';
import { insertRun, lockSync } from '../../src/control/runs/start.ts';
import type { SyncObject } from '../../src/sync/config.ts';
import { type Answer, connectOnPaper, type Harness, startHarness } from './harness.ts';
import { startVendors, type Vendors } from './vendors.ts';

let vendors: Vendors;
let api: Harness;
let admin: string;
/** Each test has its own, so the one harness has what the test says. */
const quotas: Quotas = {};
beforeAll(async () => {
  vendors = await startVendors();
  api = await startHarness({ ...vendors, quotas });
  admin = await api.key(['admin']);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await vendors[Symbol.asyncDispose]();
});

function grant(more: Quotas): void {
  for (const name of Object.keys(quotas) as (keyof Quotas)[]) delete quotas[name];
  Object.assign(quotas, more);
}

const config = { joinKey: { property: 'email' }, pull: [{ property: 'jobtitle' }] };
const newTenant = async (): Promise<string> => (await api.call(admin, 'POST', '/v1/tenants', { name: 'T' })).body.id;

/** Really connected, so that the sync can be enabled. */
async function connectedTenant(): Promise<string> {
  const world = await vendors.world();
  const tenant = await newTenant();
  const at = `/v1/tenants/${tenant}`;
  await api.call(admin, 'PUT', `${at}/connections/hubspot`, { token: world.hubspotToken });
  await api.call(admin, 'PUT', `${at}/connections/pendo`, { key: world.pendoKey, zone: world.zone });
  expect((await api.call(admin, 'PUT', `${at}/syncs/visitor`, config)).status).toBe(200);
  return tenant;
}

/** Connected as far as the database knows. */
async function tenantOnPaper(): Promise<string> {
  const tenant = await newTenant();
  for (const object of ['visitor', 'account']) {
    const key = { joinKey: { property: object === 'visitor' ? 'email' : 'domain' } };
    await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/${object}`, key);
  }
  await connectOnPaper(api.db, tenant);
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  return tenant;
}

const endRuns = (tenant: string) =>
  api.db.tenant(tenant, (tx) => tx.updateTable('runs').set({ state: 'cancelled' }).execute());
const age = (tenant: string, hours: number) =>
  api.db.tenant(tenant, (tx) =>
    tx
      .updateTable('runs')
      .set({ queued_at: new Date(Date.now() - hours * 3_600_000) })
      .execute(),
  );

function expectMet(answer: Answer, code: string, limit: number): void {
  expect(answer).toMatchObject({ status: 429, body: { code, quota: { limit } } });
  expect(answer.body.message).toContain(String(limit));
  expect(answer.body.fix).toMatch(/CROSSWALK_[A-Z_]+/);
  const freeAt = Date.parse(answer.body.quota.freeAt);
  expect(freeAt).toBeGreaterThan(Date.now());
  expect(Math.abs(Date.now() + Number(answer.headers.get('retry-after')) * 1000 - freeAt)).toBeLessThan(5000);
}

test('a sync that is enabled and disabled in a loop starts no more full runs than its tenant may have in a day', async () => {
  grant({ fullRunsPerDay: 3 });
  const tenant = await connectedTenant();
  const at = `/v1/tenants/${tenant}/syncs/visitor`;
  const answers: Answer[] = [];
  for (let n = 0; n < 5; n++) {
    answers.push(await api.call(admin, 'POST', `${at}/enable`));
    await api.call(admin, 'POST', `${at}/disable`, {});
    await endRuns(tenant);
  }
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
  expectMet(answers[3]!, 'RUN_QUOTA', 3);
  expect((await api.call(admin, 'GET', at)).body.state).toBe('disabled');
  // Whatever else reads everything is counted with it, also by hour.
  expectMet(await api.call(admin, 'POST', `${at}/preview`), 'RUN_QUOTA', 3);
  await age(tenant, 25);
  expect((await api.call(admin, 'POST', `${at}/preview`)).status).toBe(202);
  await endRuns(tenant);
  grant({ runsPerHour: 2 });
  const again = [await api.call(admin, 'POST', `${at}/enable`)];
  await api.call(admin, 'POST', `${at}/disable`, {});
  await endRuns(tenant);
  again.push(await api.call(admin, 'POST', `${at}/enable`));
  expect(again.map(({ status }) => status)).toEqual([200, 429]);
});

test('full runs of a tenant are counted over both syncs and all ways; another tenant and the schedule are not concerned', async () => {
  grant({ fullRunsPerDay: 4 });
  const tenant = await tenantOnPaper();
  const post = (object: SyncObject, path: string, body?: object) =>
    api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/${object}/${path}`, body);
  const ways: [SyncObject, string, object?][] = [
    ['visitor', 'preview'],
    ['account', 'runs', { dryRun: true }],
    ['visitor', 'runs', {}],
    ['account', 'runs', { retry: true }],
  ];
  for (const [object, path, body] of ways) {
    expect((await post(object, path, body)).status).toBe(202);
    await endRuns(tenant);
  }
  for (const [object, path, body] of ways) expectMet(await post(object, path, body), 'RUN_QUOTA', 4);
  // A delta may turn out to read everything.
  expectMet(await post('visitor', 'runs', { scope: 'delta' }), 'RUN_QUOTA', 4);
  const other = await tenantOnPaper();
  expect((await api.call(admin, 'POST', `/v1/tenants/${other}/syncs/visitor/preview`)).status).toBe(202);
  for (const scope of ['full', 'delta'] as const) {
    expect(await queueScheduled(api.control, { tenantId: tenant, object: 'visitor' }, scope)).toMatchObject({
      started: true,
    });
    await endRuns(tenant);
  }
});

test('what is active already is answered with, and costs nothing', async () => {
  grant({ fullRunsPerDay: 1, runsPerHour: 1 });
  const tenant = await tenantOnPaper();
  const start = () => api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {});
  const first = await start();
  const second = await start();
  expect(second).toMatchObject({ status: 202, body: { started: false, run: { id: first.body.run.id } } });
});

test('deltas of a schedule that each read everything, because the configuration changes all the time, end with the day', async () => {
  grant({ fullRunsPerDay: 3 });
  const tenant = await tenantOnPaper();
  for (let n = 0; n < 3; n++) {
    await queueScheduled(api.control, { tenantId: tenant, object: 'visitor' }, 'delta');
    // As opening does where nothing stands that the delta could build on.
    await api.db.tenant(tenant, (tx) => tx.updateTable('runs').set({ scope: 'full', state: 'failed' }).execute());
  }
  const delta = await queueScheduled(api.control, { tenantId: tenant, object: 'visitor' }, 'delta');
  expect(delta).toEqual({ started: false });
  const full = await queueScheduled(api.control, { tenantId: tenant, object: 'visitor' }, 'full');
  expect(full.started).toBe(true);
});

test('whatever inserts a run is counted: the function itself refuses', async () => {
  grant({ fullRunsPerDay: 1 });
  const tenantId = await tenantOnPaper();
  const insert = () =>
    api.db.tenant(tenantId, async (tx) => {
      const tenant = await tx.selectFrom('tenants').selectAll().where('id', '=', tenantId).executeTakeFirstOrThrow();
      const sync = await lockSync(tx, tenantId, 'visitor');
      const request = { tenantId, object: 'visitor', trigger: 'manual' } as const;
      return insertRun(tx, api.control, systemCaller('cli'), tenant, sync, request);
    });
  expect((await insert()).started).toBe(true);
  await endRuns(tenantId);
  await expect(insert()).rejects.toMatchObject({ code: 'RUN_QUOTA' });
});

test('mappings of both syncs have a bound together; what was there before it stays, and may become less', async () => {
  grant({ mappings: 5 });
  const tenant = await newTenant();
  const put = (object: SyncObject, mapped: number) =>
    api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/${object}`, {
      joinKey: { property: object === 'visitor' ? 'email' : 'domain' },
      pull: Array.from({ length: mapped }, (_, n) => ({ property: `p${n}` })),
    });
  expect((await put('visitor', 3)).status).toBe(200);
  const refused = await put('account', 3);
  expect(refused).toMatchObject({ status: 409, body: { code: 'MAPPING_QUOTA', quota: { limit: 5, freeAt: null } } });
  expect(refused.body.fix).toContain('CROSSWALK_MAX_MAPPINGS');
  expect((await put('account', 2)).status).toBe(200);
  expect((await put('visitor', 4)).status).toBe(409);
  grant({ mappings: 2 });
  expect((await put('visitor', 2)).status).toBe(200);
  expect((await put('visitor', 3)).status).toBe(409);
});

test('sessions of a tenant have a bound over all of its keys, and another tenant is not concerned', async () => {
  grant({ sessions: 3 });
  const tenant = await newTenant();
  const keys = [await api.key(['read'], tenant), await api.key(['admin'], tenant)];
  const signIn = (key: string) => api.call(undefined, 'POST', '/v1/session', { key });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n++) statuses.push((await signIn(keys[n % 2]!)).status);
  expect(statuses).toEqual([201, 201, 201, 429]);
  expectMet(await signIn(keys[0]!), 'SESSION_QUOTA', 3);
  expect((await signIn(await api.key(['read'], await newTenant()))).status).toBe(201);
  const { sessions } = (await api.call(keys[1], 'GET', '/v1/sessions')).body;
  await api.call(keys[1], 'DELETE', `/v1/sessions/${sessions[0].id}`);
  expect((await signIn(keys[0]!)).status).toBe(201);
});

test('a tenant that is changed all the time is refused further changes, and can still be stopped and looked at', async () => {
  grant({ auditRowsPerDay: 12 });
  const tenant = await tenantOnPaper();
  const key = await api.key(['admin'], tenant);
  const at = `/v1/tenants/${tenant}`;
  const rename = (n: number, by = key) => api.call(by, 'PATCH', at, { name: `n${n}` });
  const statuses: number[] = [];
  for (let n = 0; n < 20; n++) statuses.push((await rename(n)).status);
  expect(statuses.filter((status) => status === 200).length).toBeLessThan(12);
  const refused = await rename(99);
  expectMet(refused, 'AUDIT_QUOTA', 12);
  expect((await rename(98, admin)).body.code).toBe('AUDIT_QUOTA');
  expect((await api.call(key, 'POST', '/v1/keys', { name: 'x', scopes: ['read'], tenantId: tenant })).status).toBe(429);
  expect((await api.call(key, 'GET', at)).status).toBe(200);
  for (const path of ['/syncs/visitor/pause', '/pause', '/disable']) {
    expect((await api.call(key, 'POST', `${at}${path}`)).status).toBe(200);
  }
  const other = await newTenant();
  expect((await api.call(admin, 'PATCH', `/v1/tenants/${other}`, { name: 'x' })).status).toBe(200);
  // Of somebody else's tenant nobody learns that it is full.
  const stranger = await api.key(['admin'], other);
  expect((await api.call(stranger, 'PATCH', at, { name: 'x' })).status).toBe(404);
  expect((await api.call(key, 'DELETE', `${at}?confirm=${tenant}`)).status).toBe(204);
});

test('events that come with no change keep nobody from changing anything', async () => {
  grant({ auditRowsPerDay: 10 });
  const tenant = await newTenant();
  const reader = await api.key(['read'], tenant);
  for (let n = 0; n < 15; n++) {
    await api.call(reader, 'PATCH', `/v1/tenants/${tenant}`, { name: 'x' });
    api.pass(61_000);
  }
  const changed = await api.call(admin, 'PATCH', `/v1/tenants/${tenant}`, { name: 'y' });
  expect(changed.status).toBe(200);
});

test('open logins have the bound of the deployment', async () => {
  grant({ logins: 1 });
  await using withApp = await startHarness({ ...vendors, quotas });
  const platform = await withApp.key(['admin']);
  const tenant = (await withApp.call(platform, 'POST', '/v1/tenants', { name: 'T' })).body.id;
  const start = () => withApp.call(platform, 'POST', `/v1/tenants/${tenant}/connections/hubspot/oauth`, {});
  expect((await start()).status).toBe(200);
  const refused = await start();
  expect(refused).toMatchObject({ status: 429, body: { code: 'TOO_MANY_LOGINS', quota: { limit: 1 } } });
});
