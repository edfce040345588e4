/** What stands against a configuration: the vendors, the other syncs of the installation, and nothing else. */
import { expect, test } from 'vitest';
import type { World } from '../../sandbox/contract.ts';
import { syncConfigSchema } from '../../src/sync/config.ts';
import { startWithVendors } from './with-vendors.ts';

const { vendors, api, admin, connected } = await startWithVendors();

const pushOnly = { joinKey: { property: 'email' }, push: [{ metric: 'lastVisit' }] };
const both = { ...pushOnly, pull: [{ property: 'jobtitle' }] };

const at = (tenant: string, rest = '') => `/v1/tenants/${tenant}/syncs/visitor${rest}`;
const put = (tenant: string, config: object) => api.call(admin, 'PUT', at(tenant), config);
const post = (tenant: string, rest: string, body?: object) => api.call(admin, 'POST', at(tenant, rest), body);
const codes = (found: { code: string; path: string }[]) => found.map(({ path, code }) => `${path} ${code}`).sort();
const atPendo = async (world: World, method: string, path: string, body?: object) => {
  const answer = await fetch(`${vendors.pendoUrl.replace('{region}', 'us')}/api/v1/${path}`, {
    method,
    headers: { 'x-pendo-integration-key': world.pendoKey, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
};

test('a tenant that only pushes needs no Pendo key with write access, until it pulls', async () => {
  const world = await vendors.world();
  const tenant = await connected(world, world.pendoReadKey);
  await put(tenant, pushOnly);
  expect(await post(tenant, '/enable')).toMatchObject({ status: 200 });
  const refused = await put(tenant, both);
  expect(refused).toMatchObject({ status: 409, body: { code: 'CHECKS_FAILED' } });
  expect(refused.body.fields[0]).toMatchObject({
    path: 'pendo.canWrite',
    fix: expect.stringContaining('Allow Write Access'),
  });
  // The remedy that is named: a key with write access.
  const key = { key: world.pendoKey, zone: world.zone };
  expect((await api.call(admin, 'PUT', `/v1/tenants/${tenant}/connections/pendo`, key)).status).toBe(200);
  expect(await put(tenant, both)).toMatchObject({ status: 200 });
});

test('two tenants that write the same properties of one portal are kept apart, and neither learns of the other', async () => {
  const world = await vendors.world();
  const [one, two] = [await connected(world), await connected(world)];
  await put(one, both);
  expect(await post(one, '/enable')).toMatchObject({ status: 200 });

  // Configuring says it, enabling refuses it.
  const drafted = await put(two, both);
  expect(drafted.status).toBe(200);
  expect(codes(drafted.body.warnings)).toEqual(['pull.0.field ALREADY_WRITTEN', 'push.0.property ALREADY_WRITTEN']);
  const refused = await post(two, '/enable');
  expect(refused).toMatchObject({ status: 409, body: { code: 'ALREADY_WRITTEN' } });
  expect(codes(refused.body.fields)).toEqual(codes(drafted.body.warnings));
  for (const { text } of [drafted, refused]) expect(text).not.toContain(one);
  expect((await api.call(admin, 'GET', at(two))).body.state).toBe('draft');

  // The remedy that is named: other names.
  const apart = {
    ...both,
    pull: [{ property: 'jobtitle', field: 'hubspot_title_of_two' }],
    push: [{ metric: 'lastVisit', property: 'pendo_last_visit_of_two' }],
  };
  expect((await put(two, apart)).body.warnings).toEqual([]);
  expect(await post(two, '/enable')).toMatchObject({ status: 200 });
  // Of a sync that is on, it is refused at once.
  expect(await put(two, both)).toMatchObject({ status: 409, body: { code: 'ALREADY_WRITTEN' } });

  // The other remedy: the other sync is disabled.
  expect((await post(one, '/disable', {})).status).toBe(200);
  expect(await put(two, both)).toMatchObject({ status: 200 });
});

test('of two that write the same fields already, the run of the younger tenant does not start', async () => {
  const world = await vendors.world();
  const [elder, younger] = [await connected(world), await connected(world)];
  for (const tenant of [elder, younger]) {
    await put(tenant, both);
    // As an earlier version left them.
    await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  }
  expect(await post(younger, '/runs', {})).toMatchObject({ status: 409, body: { code: 'ALREADY_WRITTEN' } });
  expect(await post(younger, '/runs', { dryRun: true })).toMatchObject({ status: 202 });
  expect(await post(elder, '/runs', {})).toMatchObject({ status: 202 });
});

test('moving to a portal in which another tenant writes the same properties is refused', async () => {
  const [here, there] = [await vendors.world(), await vendors.world()];
  const [settled, moving] = [await connected(there), await connected(here)];
  for (const tenant of [settled, moving]) {
    await put(tenant, pushOnly);
    expect((await post(tenant, '/enable')).status).toBe(200);
  }
  const move = { token: there.hubspotToken, allowPortalSwap: true };
  const path = `/v1/tenants/${moving}/connections/hubspot`;
  expect(await api.call(admin, 'PUT', path, move)).toMatchObject({ status: 409, body: { code: 'ALREADY_WRITTEN' } });
  await post(settled, '/disable', {});
  expect(await api.call(admin, 'PUT', path, move)).toMatchObject({ status: 200 });
});

test('one credential has one budget, whichever tenants use it', async () => {
  const world = await vendors.world();
  const buckets = async (start: string) =>
    (await api.db.pool.query<{ bucket: string }>('select bucket from budgets')).rows.filter(({ bucket }) =>
      bucket.startsWith(start),
    );
  const before = (await buckets('pendo calls ')).length;
  for (const tenant of [await connected(world), await connected(world)]) await put(tenant, both);
  expect(await buckets(`hubspot burst ${world.portalId} `)).toHaveLength(1);
  expect(await buckets('pendo calls ')).toHaveLength(before + 1);
});

test('a clash that stands already keeps nobody from changing another setting, and its remedy works', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await put(tenant, both);
  await atPendo(world, 'POST', 'metadata/schema/visitor/custom', [
    { name: 'hubspot_jobtitle', type: 'boolean', displayname: 'x' },
  ]);
  expect(await put(tenant, { ...both, window: 30, nps: 'newestSurvey' })).toMatchObject({ status: 200 });
  const changed = await put(tenant, { ...both, window: 90, pull: [{ property: 'city' }, ...both.pull] });
  expect(changed.status).toBe(200);
  expect(codes(changed.body.warnings)).toEqual(['pull.1.field FIELD_TYPE_CLASH']);
  // New in this configuration, it is refused.
  const bad = { ...both, pull: [{ property: 'city', field: 'hubspot_jobtitle' }] };
  expect(await put(tenant, bad)).toMatchObject({ status: 422, body: { code: 'MAPPING_INVALID' } });
  // Deleting the field in Pendo does not free its name, and the text says so.
  await atPendo(world, 'DELETE', 'metadata/schema/visitor/custom/hubspot_jobtitle');
  const checked = await post(tenant, '/check', {});
  expect(codes(checked.body.problems)).toEqual(['pull.1.field FIELD_TYPE_CLASH']);
  expect(checked.body.problems[0].fix).toContain('does not help');
  const name = /like (hubspot_\w+)/.exec(checked.body.problems[0].fix)?.[1];
  expect((await put(tenant, { ...both, pull: [{ property: 'jobtitle', field: name }] })).body.warnings).toEqual([]);
  expect(await post(tenant, '/check', {})).toMatchObject({ body: { ok: true, problems: [] } });
});

test('a property of HubSpot that clashes has a remedy that works', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const made = await fetch(`${vendors.hubspotUrl}/crm/properties/2026-09/contacts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.hubspotToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'pendo_last_visit',
      label: 'x',
      type: 'string',
      fieldType: 'text',
      groupName: 'contactinformation',
    }),
  });
  expect(made.status).toBe(201);
  const catalogue = `/v1/tenants/${tenant}/catalogue/visitor/hubspot-properties`;
  await expect.poll(async () => (await api.call(admin, 'GET', catalogue)).text).toContain('"pendo_last_visit"');
  const refused = await put(tenant, pushOnly);
  expect(codes(refused.body.fields)).toEqual(['push.0.property PUSH_PROPERTY_TYPE_CLASH']);
  const property = /like (pendo_\w+)/.exec(refused.body.fields[0].fix)?.[1];
  expect((await put(tenant, { ...pushOnly, push: [{ metric: 'lastVisit', property }] })).status).toBe(200);
});

test('while a vendor is away, what has nothing to do with it can be changed, and the vendor is not asked', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await put(tenant, both);
  await vendors.fault(world, { vendor: 'pendo', kind: 'status', status: 401 });
  await vendors.fault(world, { vendor: 'hubspot', kind: 'status', status: 500 });
  const calls = await vendors.calls(world);
  const changes = [
    { schedule: { cron: '0 5 * * *' } },
    { guards: { valueShare: 0.2 } },
    { keyFolding: 'fold' },
    { onLostMatch: 'clear' },
    { degraded: { rows: 7 } },
  ];
  for (const change of changes) expect(await put(tenant, { ...both, ...change })).toMatchObject({ status: 200 });
  expect(await vendors.calls(world)).toBe(calls);
  // Only the side that a change is about is needed.
  await vendors.noFaults(world);
  await vendors.fault(world, { vendor: 'pendo', kind: 'status', status: 401 });
  expect(await put(tenant, { ...both, push: [{ metric: 'firstVisit' }] })).toMatchObject({ status: 200 });
});

test('a property in another case, or its label, is answered with the name that was meant', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const refused = await put(tenant, { joinKey: { property: 'Email' }, pull: [{ property: 'Job Title' }] });
  expect(codes(refused.body.fields)).toEqual(['joinKey.property JOIN_KEY_UNKNOWN', 'pull.0.property PROPERTY_UNKNOWN']);
  expect(refused.body.fields.map(({ fix }: { fix: string }) => /"(\w+)"/.exec(fix)?.[1])).toEqual([
    'email',
    'jobtitle',
  ]);
});

test('schedules that never or rarely fire, that clocks skip or double, or that name both days are said', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const warned = async (cron: string, timeZone = 'UTC') => {
    const answer = await put(tenant, { ...pushOnly, schedule: { cron, timeZone } });
    expect(answer.status).toBe(200);
    const checked = await post(tenant, '/check', {});
    expect(codes(checked.body.warnings)).toEqual(codes(answer.body.warnings));
    return answer.body.warnings.map(({ code }: { code: string }) => code).sort();
  };
  expect(await warned('0 3 30 2 *')).toEqual(['CRON_NEVER']);
  expect(await warned('0 3 29 2 *')).toEqual(['CRON_RARE']);
  expect(await warned('0 3 31 * *')).toEqual(['CRON_RARE']);
  expect(await warned('30 2 * * *', 'Europe/Berlin')).toEqual([
    'CRON_DOUBLED_BY_CLOCK_CHANGE',
    'CRON_SKIPPED_BY_CLOCK_CHANGE',
  ]);
  expect(await warned('0 3 13 * FRI')).toEqual(['CRON_BOTH_DAYS', 'CRON_RARE']);
  for (const cron of ['0 3 * * *', '@weekly', '0 3 1 * *']) expect(await warned(cron, 'Europe/Berlin')).toEqual([]);
});

test('a connection test is recorded, and so is the test before enabling', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await put(tenant, both);
  const pendo = async () => {
    const listed = await api.call(admin, 'GET', `/v1/tenants/${tenant}/connections`);
    return listed.body.connections.find(({ vendor }: { vendor: string }) => vendor === 'pendo');
  };
  // Read in milliseconds, kept in microseconds: they are never the same by chance here.
  await api.db.tenant(tenant, async (tx) => {
    await tx
      .updateTable('connections')
      .set({ updated_at: '2026-01-01T00:00:00.123456Z', checked_at: '2026-01-01T00:00:00Z' })
      .execute();
  });
  await vendors.fault(world, { vendor: 'pendo', kind: 'status', status: 403 });
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/connections/pendo/test`);
  const refused = await pendo();
  expect(refused.reason).toMatchObject({ code: 'FORBIDDEN' });
  expect(Date.parse(refused.checkedAt)).toBeGreaterThan(Date.parse('2026-02-01'));
  await vendors.noFaults(world);
  expect((await post(tenant, '/enable')).status).toBe(200);
  expect((await pendo()).reason).toBeNull();
});

test('enabling a paused sync lets its run go on', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await put(tenant, both);
  const { body } = await post(tenant, '/enable');
  await post(tenant, '/pause');
  const run = () =>
    api.db.tenant(tenant, (tx) =>
      tx.selectFrom('runs').select('pause_requested').where('id', '=', body.run.id).executeTakeFirstOrThrow(),
    );
  expect((await run()).pause_requested).toBe(true);
  expect(await post(tenant, '/enable')).toMatchObject({
    status: 200,
    body: { started: false, run: { id: body.run.id } },
  });
  expect((await run()).pause_requested).toBe(false);
  expect(api.asked.at(-1)).toBe('look visitor');
});

test('what is not configured is said to be so, with the way to do it', async () => {
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body.id as string;
  for (const rest of ['/enable', '/preview', '/pause', '/resume']) {
    const answer = await post(tenant, rest);
    expect(answer).toMatchObject({ status: 404, body: { code: 'SYNC_NOT_CONFIGURED' } });
  }
  expect(await put(tenant, syncConfigSchema.parse(pushOnly))).toMatchObject({ status: 200 });
});
