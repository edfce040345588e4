/** The control plane over HTTP: tenants, configuration, and what starts, stops and approves a run. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';

let api: Harness;
let admin: string;
beforeAll(async () => {
  api = await startHarness();
  admin = await api.key(['admin']);
});
afterAll(() => api[Symbol.asyncDispose]());

const config = { joinKey: { property: 'email' }, pull: [{ property: 'jobtitle' }], push: [{ metric: 'lastVisit' }] };

async function newTenant(): Promise<string> {
  const made = await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' });
  expect(made.status).toBe(201);
  return made.body.id as string;
}

/** A tenant with an enabled visitor sync, without any vendor. */
async function enabledTenant(): Promise<string> {
  const tenant = await newTenant();
  const put = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, config);
  expect(put.status).toBe(200);
  await connectOnPaper(api.db, tenant);
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  return tenant;
}

test('a tenant is created once per external id', async () => {
  const first = await api.call(admin, 'POST', '/v1/tenants', { name: 'Beta', externalId: 'crm-1' });
  const again = await api.call(admin, 'POST', '/v1/tenants', { name: 'Beta', externalId: 'crm-1' });
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.body.id).toBe(first.body.id);
  const listed = await api.call(admin, 'GET', '/v1/tenants?externalId=crm-1');
  expect(listed.body.tenants).toEqual([first.body]);
});

test('every tenant is on exactly one page of the list', async () => {
  for (let n = 0; n < 5; n++) await newTenant();
  const all = (await api.call(admin, 'GET', '/v1/tenants?limit=200')).body.tenants.map((t: { id: string }) => t.id);
  const paged: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const page = await api.call(admin, 'GET', `/v1/tenants?limit=2${next ? `&after=${next}` : ''}`);
    paged.push(...page.body.tenants.map((t: { id: string }) => t.id));
    next = page.body.next;
  }
  expect(paged).toEqual(all);
});

test('a configuration is stored with its defaults, counts its versions, and the same one again changes nothing', async () => {
  const tenant = await newTenant();
  const path = `/v1/tenants/${tenant}/syncs/visitor`;
  const first = await api.call(admin, 'PUT', path, config);
  expect(first.body).toMatchObject({
    state: 'draft',
    version: 1,
    config: { ...config, keyFolding: 'exact', window: 180 },
  });
  expect((await api.call(admin, 'PUT', path, config)).body.version).toBe(1);
  expect((await api.call(admin, 'PUT', path, { ...config, window: 30 })).body.version).toBe(2);
});

test.each([
  [
    'a metric that visitors do not have',
    { push: [{ metric: 'totalVisitors' }] },
    'push.0.metric',
    'METRIC_NOT_FOR_VISITORS',
  ],
  ['a property twice', { pull: [{ property: 'a' }, { property: 'a' }] }, 'pull.1.property', 'PROPERTY_DUPLICATE'],
  ['a time zone that is none', { schedule: { timeZone: 'Mars/Base' } }, 'schedule.timeZone', 'TIME_ZONE_UNKNOWN'],
  ['a schedule of every minute', { schedule: { cron: '* * * * *' } }, 'schedule.cron', 'CRON_INVALID'],
  ['a schedule that is none', { schedule: { cron: 'every day at' } }, 'schedule.cron', 'CRON_INVALID'],
])('a mapping with %s is refused by field, and nothing is stored', async (_what, part, path, code) => {
  const tenant = await newTenant();
  const refused = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { ...config, ...part });
  expect(refused).toMatchObject({ status: 422, body: { code: 'MAPPING_INVALID' } });
  expect(refused.body.fields).toContainEqual(expect.objectContaining({ path, code }));
  expect(refused.body.fields[0].fix).toBeTruthy();
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor`)).status).toBe(404);
});

test('one run at a time: the second request answers with the first run', async () => {
  const tenant = await enabledTenant();
  const start = () => api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, { dryRun: false });
  const answers = await Promise.all([start(), start(), start(), start()]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  expect(answers.filter(({ body }) => body.started)).toHaveLength(1);
  const ids = new Set(answers.map(({ body }) => body.run.id));
  expect(ids.size).toBe(1);
  expect(api.asked.filter((line) => line === `start ${[...ids][0]}`)).toHaveLength(1);
});

test('a run is frozen with the configuration of its start', async () => {
  const tenant = await enabledTenant();
  const started = await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {});
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { ...config, window: 7 });
  const run = await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs/${started.body.run.id}`);
  expect(run.body).toMatchObject({ configVersion: 1, config: { window: 180 }, state: 'queued', trigger: 'manual' });
});

test('what is not enabled runs dry only; what is paused does not run at all', async () => {
  const tenant = await newTenant();
  const sync = `/v1/tenants/${tenant}/syncs/visitor`;
  await api.call(admin, 'PUT', sync, config);
  expect((await api.call(admin, 'POST', `${sync}/preview`)).body.code).toBe('NOT_CONNECTED');
  await connectOnPaper(api.db, tenant);
  expect((await api.call(admin, 'POST', `${sync}/runs`, {})).body.code).toBe('SYNC_NOT_ENABLED');
  expect((await api.call(admin, 'POST', `${sync}/preview`)).body.run).toMatchObject({
    dryRun: true,
    trigger: 'preview',
  });
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  expect((await api.call(admin, 'POST', `${sync}/pause`)).body.state).toBe('paused');
  expect((await api.call(admin, 'POST', `${sync}/runs`, {})).body.code).toBe('SYNC_PAUSED');
});

test('pause and resume reach the run that is going on', async () => {
  const tenant = await enabledTenant();
  const sync = `/v1/tenants/${tenant}/syncs/visitor`;
  const { id } = (await api.call(admin, 'POST', `${sync}/runs`, {})).body.run;
  const paused = async () => (await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs/${id}`)).body.pauseRequested;
  await api.call(admin, 'POST', `${sync}/pause`);
  expect(await paused()).toBe(true);
  await api.call(admin, 'POST', `${sync}/resume`);
  expect(await paused()).toBe(false);
  expect(api.asked.slice(-4)).toEqual(['look visitor', 'reconcile visitor', 'look visitor', 'reconcile visitor']);
});

test('a tenant that is paused and resumed leaves a sync paused that was paused for itself', async () => {
  const tenant = await enabledTenant();
  const { id } = (await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {})).body.run;
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/pause`);
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/pause`);
  const asked = api.asked.length;
  expect((await api.call(admin, 'POST', `/v1/tenants/${tenant}/resume`)).body.state).toBe('active');
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs/${id}`)).body.pauseRequested).toBe(true);
  expect(api.asked.slice(asked)).not.toContain('look visitor');
});

async function hold(tenant: string, id: string): Promise<void> {
  const held = [{ leg: 'push', test: 'values', subject: 'lastVisit', message: 'too many', before: 100, now: 10 }];
  await api.db.tenant(tenant, (tx) =>
    tx
      .updateTable('runs')
      .set({ state: 'held', held: JSON.stringify(held) })
      .where('id', '=', id)
      .execute(),
  );
}

test('a held run delivers after approval, in the same run', async () => {
  const tenant = await enabledTenant();
  const { id } = (await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {})).body.run;
  const approve = (legs?: string[]) =>
    api.call(admin, 'POST', `/v1/tenants/${tenant}/runs/${id}/approve`, legs ? { legs } : {});
  expect((await approve()).body.code).toBe('RUN_NOT_HELD');
  await hold(tenant, id);
  expect((await approve(['pull'])).body.code).toBe('LEG_NOT_HELD');
  expect((await approve()).body).toMatchObject({ id, state: 'queued', approved: ['push'] });
  expect(api.asked.filter((line) => line === `start ${id}`)).toHaveLength(2);
});

test('the next start closes a held run as superseded', async () => {
  const tenant = await enabledTenant();
  const start = () => api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {});
  const first = (await start()).body.run.id;
  await hold(tenant, first);
  const second = await start();
  expect(second.body.started).toBe(true);
  const closed = await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs/${first}`);
  expect(closed.body).toMatchObject({ state: 'cancelled', reason: { code: 'SUPERSEDED' } });
  expect(closed.body.closedAt).not.toBeNull();
});

test('cancel asks a run that goes on, and ends a held one at once', async () => {
  const tenant = await enabledTenant();
  const { id } = (await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {})).body.run;
  const cancel = () => api.call(admin, 'POST', `/v1/tenants/${tenant}/runs/${id}/cancel`);
  expect((await cancel()).body).toMatchObject({ state: 'queued', cancelRequested: true });
  await api.db.tenant(tenant, (tx) => tx.updateTable('runs').set({ cancel_requested: false }).execute());
  await hold(tenant, id);
  expect((await cancel()).body).toMatchObject({ state: 'cancelled' });
  expect((await cancel()).body.code).toBe('RUN_CLOSED');
});

test('disable cancels the run and the held one, and keeps the configuration', async () => {
  const tenant = await enabledTenant();
  const { id } = (await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {})).body.run;
  const off = await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/disable`, {});
  expect(off.body).toMatchObject({ state: 'disabled', version: 1 });
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs/${id}`)).body.cancelRequested).toBe(true);
});

test('the document describes every route that is served', async () => {
  const document = (await api.call(undefined, 'GET', '/openapi.json')).body;
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const served = api.app.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/docs') && path !== '/openapi.json')
    .map(({ method, path }) => `${method} ${path}`);
  expect(new Set(described)).toEqual(new Set(served));
});

test('the page of the document works without the internet', async () => {
  const page = await api.call(undefined, 'GET', '/docs/');
  expect(page.status).toBe(200);
  expect(page.text).not.toMatch(/https?:\/\//);
  for (const [, address] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect((await api.call(undefined, 'GET', address!)).status).toBe(200);
  }
});
