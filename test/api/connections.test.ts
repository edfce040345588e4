/** Connections are checked by using them; a credential that does not work is refused by step, and nothing is stored. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { World } from '../../sandbox/contract.ts';
import { systemCaller } from '../../src/control/caller.ts';
import { loseConnection } from '../../src/control/connections/loss.ts';
import { pauseForReason } from '../../src/control/syncs/state.ts';
import { startWithVendors } from './with-vendors.ts';

const { vendors, api, admin, newTenant, connect, connected } = await startWithVendors();

const visitors = { joinKey: { property: 'email' }, pull: [{ property: 'jobtitle' }], push: [{ metric: 'lastVisit' }] };

const connectHubSpot = (tenant: string, token: string, more = {}) => connect(tenant, 'hubspot', { token, ...more });
const connectPendo = (tenant: string, key: string, zone: string, more = {}) =>
  connect(tenant, 'pendo', { key, zone, ...more });
const steps = (test: { steps: { step: string; state: string }[] }) =>
  Object.fromEntries(test.steps.map(({ step, state }) => [step, state]));

test('a good credential is stored, named, and never shown', async () => {
  const world = await vendors.world();
  const tenant = await newTenant();
  const hubspot = await connectHubSpot(tenant, world.hubspotToken);
  expect(hubspot.status).toBe(200);
  expect(hubspot.body.connection).toMatchObject({
    state: 'ok',
    kind: 'token',
    identity: { portalId: String(world.portalId) },
  });
  expect(steps(hubspot.body.test)).toMatchObject({
    reachable: 'passed',
    authentic: 'passed',
    identity: 'passed',
    canRead: 'passed',
  });
  const pendo = await connectPendo(tenant, world.pendoKey, world.zone);
  expect(pendo.body.connection).toMatchObject({
    state: 'ok',
    settings: { region: 'us', zone: world.zone, clear: 'null' },
  });
  expect(steps(pendo.body.test)).toEqual({
    reachable: 'passed',
    authentic: 'passed',
    canRead: 'passed',
    canWrite: 'skipped',
    zone: 'passed',
  });
  const listed = await api.call(admin, 'GET', `/v1/tenants/${tenant}/connections`);
  for (const text of [hubspot.text, pendo.text, listed.text]) {
    expect(text).not.toContain(world.hubspotToken);
    expect(text).not.toContain(world.pendoKey);
  }
});

test('a Pendo key is tried in the region that was named, and is good in no other', async () => {
  const world = await vendors.world({ region: 'eu' });
  const tenant = await newTenant();
  for (const region of ['us', 'us1', 'jp', 'au']) {
    const refused = await connectPendo(tenant, world.pendoKey, world.zone, { region });
    expect(refused).toMatchObject({ status: 422, body: { code: 'CONNECTION_REFUSED' } });
  }
  const good = await connectPendo(tenant, world.pendoKey, world.zone, { region: 'eu' });
  expect(good).toMatchObject({ status: 200, body: { connection: { state: 'ok', settings: { region: 'eu' } } } });
  expect(await vendors.calls(world, 'tokenVerify')).toBe(1);
});

test.each([
  ['a wrong HubSpot token', (t: string) => connectHubSpot(t, 'pat-na1-wrong-token'), 'authentic'],
  ['a wrong Pendo key', (t: string) => connectPendo(t, 'wrong-key-1234', 'UTC'), 'authentic'],
  [
    'a Pendo key that cannot write, where a mapping writes to Pendo',
    async (t: string, w: World) => {
      await api.call(admin, 'PUT', `/v1/tenants/${t}/syncs/visitor`, { ...visitors, push: [] });
      return connectPendo(t, w.pendoReadKey, w.zone);
    },
    'canWrite.visitor',
  ],
  ['a wrong time zone', (t: string, w: World) => connectPendo(t, w.pendoKey, 'Asia/Tokyo'), 'zone'],
])('%s is refused by step with a fix, and nothing is stored', async (_what, connect, path) => {
  const world = await vendors.world();
  const tenant = await newTenant();
  const refused = await connect(tenant, world);
  expect(refused).toMatchObject({ status: 422, body: { code: 'CONNECTION_REFUSED' } });
  const field = refused.body.fields.find((f: { path: string }) => f.path === path);
  expect(field?.fix).toBeTruthy();
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/connections`)).body.connections).toEqual([]);
});

test('a key that does not name its scopes is tried at defining properties, and changes none', async () => {
  const world = await vendors.world();
  const tenant = await newTenant();
  const { pull: _, ...pushing } = visitors;
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, pushing);
  const portal = async () => (await vendors.admin('GET', `/worlds/${world.world}/portal`)).json();
  await vendors.fault(world, { vendor: 'hubspot', kind: 'status', status: 400, route: 'access-token-info$' });
  const before = await portal();
  const good = await connectHubSpot(tenant, world.hubspotToken);
  expect(steps(good.body.test)).toMatchObject({ scopes: 'skipped', canWrite: 'passed', canDefine: 'passed' });
  expect(await portal()).toEqual(before);
  const scopes = before.scopes.filter((scope: string) => !scope.startsWith('crm.schemas.'));
  await vendors.admin('PATCH', `/worlds/${world.world}/portal`, { scopes });
  const refused = await connectHubSpot(tenant, world.hubspotToken);
  expect(refused).toMatchObject({ status: 422, body: { code: 'CONNECTION_REFUSED' } });
  expect(refused.body.fields.map(({ path }: { path: string }) => path)).toEqual(['canDefine.visitor']);
});

test('a zone that is none is refused before anyone is asked', async () => {
  const world = await vendors.world();
  const refused = await connectPendo(await newTenant(), world.pendoKey, 'Mars/Base');
  expect(refused).toMatchObject({ status: 422, body: { code: 'ZONE_UNKNOWN' } });
  expect(await vendors.calls(world)).toBe(0);
});

test('a credential of another portal is not taken by accident', async () => {
  const [one, other] = [await vendors.world(), await vendors.world()];
  const tenant = await connected(one);
  const swapped = await connectHubSpot(tenant, other.hubspotToken);
  expect(swapped).toMatchObject({ status: 409, body: { code: 'PORTAL_SWAP' } });
  expect((await connectHubSpot(tenant, one.hubspotToken)).status).toBe(200);
  expect((await connectHubSpot(tenant, other.hubspotToken, { allowPortalSwap: true })).status).toBe(200);
});

test('the catalogue lists what a mapping can be made of', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const properties = await api.call(admin, 'GET', `/v1/tenants/${tenant}/catalogue/visitor/hubspot-properties`);
  const email = properties.body.properties.find((p: { name: string }) => p.name === 'email');
  expect(email).toMatchObject({ canBeJoinKey: true, canBePulled: true, pendoField: 'hubspot_email' });
  const fields = await api.call(admin, 'GET', `/v1/tenants/${tenant}/catalogue/account/pendo-fields`);
  expect(fields.body.fields.length).toBeGreaterThan(0);
});

test('a mapping with a property or a join key that HubSpot does not know is refused', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const put = (config: object) => api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, config);
  const refused = await put({ joinKey: { property: 'no_such_key' }, pull: [{ property: 'nope' }] });
  expect(refused.body.code).toBe('MAPPING_INVALID');
  expect(refused.body.fields.map((f: { path: string; code: string }) => `${f.path} ${f.code}`).sort()).toEqual([
    'joinKey.property JOIN_KEY_UNKNOWN',
    'pull.0.property PROPERTY_UNKNOWN',
  ]);
  expect((await put(visitors)).status).toBe(200);
});

test('an app that Pendo does not have is refused, and the one that was meant is named', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const put = (apps: number[]) =>
    api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, {
      ...visitors,
      push: [{ metric: 'daysActive' }],
      apps,
    });
  const refused = await put([42, -323232, 323232]);
  expect(refused).toMatchObject({ status: 422, body: { code: 'MAPPING_INVALID' } });
  const [none, unsigned] = refused.body.fields as { path: string; code: string; message: string; fix: string }[];
  expect([none?.path, none?.code, unsigned?.path, unsigned?.code]).toEqual([
    'apps.0',
    'APP_UNKNOWN',
    'apps.2',
    'APP_UNKNOWN',
  ]);
  expect(none?.message).toContain('no app with the id 42');
  expect(none?.fix).toContain('-323232');
  expect(unsigned?.fix).toMatch(/Did you mean -323232 \(.+\)\?/);
  // It exists; whether anybody was ever in it is another question.
  expect((await put([-323232])).status).toBe(200);
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor`)).body.config.apps).toEqual([-323232]);
});

test('enable checks, switches on, reconciles the schedule and starts a first run of both legs', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, visitors);
  const on = await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/enable`);
  expect(on).toMatchObject({
    status: 200,
    body: { sync: { state: 'enabled' }, started: true, run: { trigger: 'enable', dryRun: false } },
  });
  expect(api.asked.slice(-2)).toEqual(['reconcile visitor', `start ${on.body.run.id}`]);
});

test('enable with a connection that no longer works changes nothing and says what is wrong', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, visitors);
  await vendors.fault(world, { vendor: 'pendo', kind: 'revoked' });
  const refused = await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/enable`);
  expect(refused).toMatchObject({ status: 409, body: { code: 'CHECKS_FAILED' } });
  expect(refused.body.fields[0].path).toBe('pendo.authentic');
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor`)).body.state).toBe('draft');
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs`)).body.runs).toEqual([]);
});

test('a missing HubSpot scope is named, and asked for only where the mapping needs it', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const portal = await (await vendors.admin('GET', `/worlds/${world.world}/portal`)).json();
  const { scopes } = portal as { scopes: string[] };
  const missing = 'crm.objects.contacts.write';
  await vendors.admin('PATCH', `/worlds/${world.world}/portal`, {
    scopes: scopes.filter((s) => s !== missing),
  });
  const testNow = () => api.call(admin, 'POST', `/v1/tenants/${tenant}/connections/hubspot/test`);
  const configure = (config: object) => api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, config);
  await configure({ ...visitors, push: [] });
  expect((await testNow()).body.ok).toBe(true);
  await configure(visitors);
  const failed = await testNow();
  expect(failed.body.ok).toBe(false);
  expect(failed.text).toContain(missing);
});

test('a vendor that is down is told apart from a credential that is wrong', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await vendors.fault(world, { vendor: 'pendo', kind: 'status', status: 503 });
  const down = await api.call(admin, 'POST', `/v1/tenants/${tenant}/connections/pendo/test`);
  expect(down.body).toMatchObject({ ok: false, temporary: true });
  expect(down.body.steps[0]).toMatchObject({ step: 'reachable', state: 'failed' });
}, 60_000);

test('a lost connection pauses the sync with the reason, and connecting again resumes it', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, visitors);
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/enable`);
  const sync = async () => (await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor`)).body;
  const reason = { code: 'UNAUTHORISED', message: 'Pendo refused the stored credential.', fix: 'Connect Pendo again.' };
  await api.db.tenant(tenant, (tx) => loseConnection(tx, tenant, 'pendo', reason));
  expect(await sync()).toMatchObject({ state: 'paused', reason: { code: 'RECONNECT_NEEDED' } });
  const refused = await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {});
  expect(refused.body.code).toBe('SYNC_PAUSED');
  expect((await connectPendo(tenant, world.pendoKey, world.zone)).status).toBe(200);
  expect(await sync()).toMatchObject({ state: 'enabled', reason: null });
});

test('connecting resumes what the vendor had stopped, and not what a person has paused', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, visitors);
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/enable`);
  const reason = { code: 'MISSING_SCOPES', message: 'A scope is missing.', vendor: 'pendo' };
  const sync = async () => (await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor`)).body;
  await pauseForReason(api.control, systemCaller('engine'), tenant, 'visitor', reason);
  expect((await connectHubSpot(tenant, world.hubspotToken)).status).toBe(200);
  expect(await sync()).toMatchObject({ state: 'paused', reason });
  expect((await connectPendo(tenant, world.pendoKey, world.zone)).status).toBe(200);
  expect(await sync()).toMatchObject({ state: 'enabled', reason: null });
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/pause`);
  expect((await connectPendo(tenant, world.pendoKey, world.zone)).status).toBe(200);
  expect((await sync()).state).toBe('paused');
});

test('disconnect erases the credential, stops the run and pauses the sync; connecting again resumes it', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, visitors);
  const on = await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/enable`);
  const epoch = () => api.db.tenant(tenant, (tx) => tx.selectFrom('tenants').select('epoch').executeTakeFirstOrThrow());
  const before = (await epoch()).epoch;
  expect((await api.call(admin, 'DELETE', `/v1/tenants/${tenant}/connections/hubspot`)).status).toBe(204);
  expect((await epoch()).epoch).toBe(before + 1);
  const run = await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs/${on.body.run.id}`);
  expect(run.body.cancelRequested).toBe(true);
  const secrets = await api.db.tenant(tenant, (tx) => tx.selectFrom('secrets').select('name').execute());
  expect(secrets).toEqual([{ name: 'pendo.key' }]);
  expect((await connectHubSpot(tenant, world.hubspotToken)).status).toBe(200);
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor`)).body.state).toBe('enabled');
});

test('a Pendo connection of an earlier release goes on counting all events; a new one has them checked', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const activity = async (): Promise<unknown> => {
    const { body } = await api.call(admin, 'GET', `/v1/tenants/${tenant}/connections`);
    const pendo = body.connections.find(({ vendor }: { vendor: string }) => vendor === 'pendo');
    const { settings } = await api.control.vendors.pendo(tenant);
    expect(pendo.settings.activity).toBe(settings.activity);
    return settings.activity;
  };
  expect(await activity()).toBe('checked');
  await sql`update connections set activity = null where tenant_id = ${tenant}`.execute(api.db.owner);
  expect(await activity()).toBe('events');
  const asked = await api.call(admin, 'POST', `/v1/tenants/${tenant}/assumptions/verify?vendor=pendo`);
  expect(asked.status).toBe(200);
  const one = asked.body.assumptions.find(({ id }: { id: string }) => id === 'pendo.eventsAreActivity');
  expect(one).toMatchObject({ needed: false });
  // A new key alone changes nothing of it, and neither does a setting beside it.
  expect((await connectPendo(tenant, world.pendoKey, world.zone, { aggregations: 2 })).status).toBe(200);
  expect(await activity()).toBe('events');
  expect((await connectPendo(tenant, world.pendoKey, world.zone, { activity: 'checked' })).status).toBe(200);
  expect(await activity()).toBe('checked');
});
