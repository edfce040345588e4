/** Versions of a configuration, and the runs of all tenants. */
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

async function newTenant(name = 'Acme'): Promise<string> {
  return (await api.call(admin, 'POST', '/v1/tenants', { name })).body.id as string;
}

test('every change is a version with who made it, and an earlier one comes back as a new one', async () => {
  const tenant = await newTenant();
  const sync = `/v1/tenants/${tenant}/syncs/visitor`;
  expect((await api.call(admin, 'GET', `${sync}/versions`)).body.code).toBe('SYNC_NOT_CONFIGURED');
  await api.call(admin, 'PUT', sync, config);
  const other = await api.key(['operate'], tenant);
  await api.call(other, 'PUT', sync, { ...config, window: 30 });
  const listed = (await api.call(admin, 'GET', `${sync}/versions`)).body.versions;
  expect(listed.map(({ version, restoredFrom }: Record<string, unknown>) => [version, restoredFrom])).toEqual([
    [2, null],
    [1, null],
  ]);
  expect(listed[0].changedBy).not.toBe(listed[1].changedBy);
  expect((await api.call(admin, 'GET', `${sync}/versions/1`)).body.config).toMatchObject({ window: 180 });

  const restored = await api.call(other, 'POST', `${sync}/versions/1/restore`);
  expect(restored.body).toMatchObject({ version: 3, config: { window: 180 } });
  expect((await api.call(admin, 'GET', `${sync}/versions`)).body.versions[0]).toMatchObject({
    version: 3,
    restoredFrom: 1,
    changedBy: listed[0].changedBy,
  });
  expect((await api.call(admin, 'POST', `${sync}/versions/99/restore`)).status).toBe(404);
  const reader = await api.key(['read'], tenant);
  expect((await api.call(reader, 'POST', `${sync}/versions/1/restore`)).body.code).toBe('SCOPE_MISSING');
});

test('a change made from a version that is no longer the present one is refused, and says who changed what', async () => {
  const tenant = await newTenant();
  const sync = `/v1/tenants/${tenant}/syncs/visitor`;
  const put = (key: string, from: number, change = {}) =>
    api.call(key, 'PUT', `${sync}?version=${from}`, { ...config, ...change });
  const other = await api.key(['operate'], tenant);
  expect((await put(admin, 1)).body.code).toBe('CHANGED_MEANWHILE');
  expect((await put(admin, 0)).body.version).toBe(1);
  // Of two who both set it up for the first time, the second hears of the first.
  expect((await put(other, 0, { window: 7 })).body.code).toBe('CHANGED_MEANWHILE');
  expect((await put(other, 1, { window: 30 })).body.version).toBe(2);
  const refused = await put(admin, 1, { pull: [] });
  const [{ changedBy }] = (await api.call(admin, 'GET', `${sync}/versions`)).body.versions;
  expect(refused).toMatchObject({ status: 409, body: { code: 'CHANGED_MEANWHILE' } });
  expect(refused.body.message).toBe(`${changedBy} changed the configuration meanwhile, from version 1 to 2: window.`);
  expect((await api.call(admin, 'GET', sync)).body).toMatchObject({ version: 2, config: { window: 30, pull: [{}] } });
  // Sent again by whoever did not hear the answer: it is as they wanted it.
  expect((await put(other, 1, { window: 30 })).body.version).toBe(2);
  expect((await put(admin, 2, { pull: [] })).body.version).toBe(3);
  // Two at the same moment: one of them.
  const both = await Promise.all([put(admin, 3, { window: 7 }), put(other, 3, { window: 90 })]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
});

test('a version that the release before wrote is kept when the next one comes', async () => {
  const tenant = await newTenant();
  const sync = `/v1/tenants/${tenant}/syncs/visitor`;
  const { config: stored } = (await api.call(admin, 'PUT', sync, config)).body;
  await api.db.tenant(tenant, (tx) =>
    tx
      .updateTable('syncs')
      .set({ version: 2, config: JSON.stringify({ ...stored, window: 7 }) })
      .execute(),
  );
  await api.call(admin, 'PUT', sync, { ...config, window: 90 });
  const listed = (await api.call(admin, 'GET', `${sync}/versions`)).body.versions;
  expect(listed.map(({ version, changedBy }: Record<string, unknown>) => [version, changedBy === null])).toEqual([
    [3, false],
    [2, true],
    [1, false],
  ]);
  expect((await api.call(admin, 'POST', `${sync}/versions/2/restore`)).body.config).toMatchObject({ window: 7 });
});

test('a sync says what each of its mappings writes to', async () => {
  const tenant = await newTenant();
  const put = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, {
    ...config,
    window: 30,
    pull: [{ property: 'Job-Title' }],
    push: [{ metric: 'daysActive' }, { metric: 'latestNps' }],
  });
  expect(put.body.fields).toMatchObject({
    pull: [{ property: 'Job-Title', field: expect.stringMatching(/^hubspot_job_title/) }],
    push: [
      { metric: 'daysActive', property: 'pendo_days_active_30d' },
      { metric: 'latestNps', property: 'pendo_latest_nps_response' },
    ],
  });
});

test('the runs of all tenants are on exactly one page each, filtered, and a bound key sees its own', async () => {
  const tenants = [await newTenant('One'), await newTenant('Two')];
  for (const tenant of tenants) {
    await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, config);
    await connectOnPaper(api.db, tenant);
    await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/preview`);
  }
  const paged: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const page: { runs: { tenant: { name: string }; run: { id: string } }[]; next: string | null } = (
      await api.call(admin, 'GET', `/v1/runs?limit=1${next ? `&before=${next}` : ''}`)
    ).body;
    paged.push(...page.runs.map(({ tenant }) => tenant.name));
    next = page.next;
  }
  expect(paged).toEqual(['Two', 'One']);
  expect((await api.call(admin, 'GET', '/v1/runs?trigger=daily')).body.runs).toEqual([]);
  expect((await api.call(admin, 'GET', '/v1/runs?state=queued&trigger=preview')).body.runs).toHaveLength(2);
  const own = await api.call(await api.key(['read'], tenants[0]), 'GET', '/v1/runs');
  expect(own.body.runs.map(({ tenant }: { tenant: { name: string } }) => tenant.name)).toEqual(['One']);
});
