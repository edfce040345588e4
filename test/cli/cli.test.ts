/** Configuration as a file: applied once it changes nothing more, exported it is the same, and what differs is shown. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { World } from '../../sandbox/contract.ts';
import { createVault, localKeyEncryption, SealBroken, Secret } from '../../src/vault/index.ts';
import { type Harness, startHarness } from '../api/harness.ts';
import { startVendors, type Vendors } from '../api/vendors.ts';
import { crosswalkOf } from './crosswalk.ts';

let vendors: Vendors;
let api: Harness;
let folder: string;
let key: string;
beforeAll(async () => {
  vendors = await startVendors();
  api = await startHarness(vendors);
  key = await api.key(['admin']);
  folder = await mkdtemp(path.join(tmpdir(), 'crosswalk-cli-'));
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await vendors[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const crosswalk = crosswalkOf(() => ({ harness: api, key }));

let files = 0;
async function file(text: string): Promise<string> {
  const name = path.join(folder, `tenant-${files++}.yaml`);
  await writeFile(name, text);
  return name;
}

const acme = (externalId: string, world: World, more = '') => `
crosswalk: 1
tenant: { externalId: ${externalId}, name: Acme Inc. }
connections:
  hubspot: { token: '\${CROSSWALK_VAR_HUBSPOT_TOKEN}' }
  pendo: { key: '\${CROSSWALK_VAR_PENDO_KEY}', zone: ${world.zone} }
syncs:
  visitor:
    state: enabled
    config:
      joinKey: { property: email }
      pull: [{ property: jobtitle }]
      push: [{ metric: lastVisit }]
alerts: { url: 'https://example.com/hook?token=x' }
${more}`;
const credentials = (world: World) => ({
  CROSSWALK_VAR_HUBSPOT_TOKEN: world.hubspotToken,
  CROSSWALK_VAR_PENDO_KEY: world.pendoKey,
});

test('apply makes a tenant what the file says, and the second time does nothing', async () => {
  const world = await vendors.world();
  const name = await file(acme('crm-1', world));
  const first = await crosswalk(['apply', '-f', name], credentials(world));
  expect(first).toMatchObject({ error: '', code: 0 });
  expect(first.out).toContain('create the tenant');
  expect(first.out).toContain('enable the visitor sync');
  const [tenant] = (await api.call(key, 'GET', '/v1/tenants?externalId=crm-1')).body.tenants;
  const sync = await api.call(key, 'GET', `/v1/tenants/${tenant.id}/syncs/visitor`);
  expect(sync.body).toMatchObject({ state: 'enabled', version: 1 });
  const audited = async () => (await api.call(key, 'GET', `/v1/audit?tenantId=${tenant.id}`)).body.entries.length;
  const before = await audited();
  expect((await crosswalk(['apply', '-f', name], credentials(world))).out).toBe('Nothing to do.');
  expect(await crosswalk(['diff', '-f', name], credentials(world))).toMatchObject({ out: 'No difference.', code: 0 });
  expect(await audited()).toBe(before);
});

test('diff shows what would change and changes nothing; apply then changes that', async () => {
  const world = await vendors.world();
  await crosswalk(['apply', '-f', await file(acme('crm-2', world))], credentials(world));
  const edited = acme('crm-2', world)
    .replace('state: enabled', 'state: paused')
    .replace('push: [{ metric: lastVisit }]', 'push: []\n      window: 30');
  const name = await file(edited);
  const diff = await crosswalk(['diff', '-f', name], credentials(world));
  expect(diff.code).toBe(1);
  expect(diff.out).toContain('syncs.visitor.config.window: 180 → 30');
  expect(diff.out).toContain('syncs.visitor.state: "enabled" → "paused"');
  expect((await crosswalk(['diff', '-f', name], credentials(world))).out).toBe(diff.out);
  expect((await crosswalk(['apply', '-f', name], credentials(world))).error).toBe('');
  expect((await crosswalk(['diff', '-f', name], credentials(world))).out).toBe('No difference.');
});

test('an exported tenant differs in nothing from itself, and holds no credential', async () => {
  const world = await vendors.world();
  await crosswalk(['apply', '-f', await file(acme('crm-3', world))], credentials(world));
  const exported = await crosswalk(['export', 'crm-3']);
  expect(exported.error).toBe('');
  for (const secret of [world.hubspotToken, world.pendoKey, 'token=x']) expect(exported.out).not.toContain(secret);
  const again = await crosswalk(['diff', '-f', await file(exported.out)], {
    ...credentials(world),
    CROSSWALK_VAR_ALERT_URL: 'https://example.com/hook?token=x',
  });
  expect(again).toMatchObject({ out: 'No difference.', error: '' });
});

test('several tenants fit in one file', async () => {
  const world = await vendors.world();
  const two = ['crm-4', 'crm-5']
    .map((id) => `crosswalk: 1\ntenant: { externalId: ${id}, name: ${id} }\n`)
    .join('---\n');
  const applied = await crosswalk(['apply', '-f', await file(two)], credentials(world));
  expect(applied.out).toBe(
    ['crm-4', 'crm-5']
      .map((id) => `${id}: create the tenant\n  tenant: null → ${JSON.stringify({ externalId: id, name: id })}`)
      .join('\n'),
  );
});

test.each([
  ['a member that does not exist', 'crosswalk: 1\ntenant: { externalId: x, name: x, colour: red }', /tenant: .*colour/],
  [
    'an unknown setting of a sync',
    'crosswalk: 1\ntenant: { externalId: x, name: x }\nsyncs: { visitor: { config: { joinKey: { property: e }, windows: 3 } } }',
    /windows/,
  ],
  [
    'a variable that is not set',
    `crosswalk: 1\ntenant: { externalId: x, name: x }\nconnections: { hubspot: { token: '\${CROSSWALK_VAR_NOT_SET}' } }`,
    /connections\.hubspot\.token.*CROSSWALK_VAR_NOT_SET/,
  ],
  ['no YAML', 'crosswalk: [1', /./],
])('a file with %s is refused before anything is done', async (_what, text, error) => {
  const before = (await api.call(key, 'GET', '/v1/tenants?limit=200')).text;
  const refused = await crosswalk(['apply', '-f', await file(text)]);
  expect(refused.code).toBe(2);
  expect(refused.error).toMatch(error);
  expect((await api.call(key, 'GET', '/v1/tenants?limit=200')).text).toBe(before);
});

test('what the API refuses is told with the field and what to do', async () => {
  const world = await vendors.world();
  const wrong = acme('crm-6', world).replace('property: jobtitle', 'property: no_such_property');
  const refused = await crosswalk(['apply', '-f', await file(wrong)], credentials(world));
  expect(refused.code).toBe(2);
  expect(refused.error).toContain('pull.0.property');
  expect(refused.error).toContain('MAPPING_INVALID');
});

test('keys rotate seals everything anew while the API runs, and the key before is not needed after it', async () => {
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const tenant = (await api.call(key, 'POST', '/v1/tenants', { name: 'rotated' })).body.id as string;
  await api.db.owner.deleteFrom('secrets').execute();
  await api.db.owner.deleteFrom('data_keys').execute();
  await api.db.tenant(tenant, (tx) => createVault(localKeyEncryption(oldKey)).put(tx, tenant, 'a', new Secret('kept')));
  const env = {
    DATABASE_URL: api.databaseUrl,
    CROSSWALK_ENCRYPTION_KEY: newKey.toString('base64'),
    CROSSWALK_PREVIOUS_ENCRYPTION_KEY: oldKey.toString('base64'),
  };
  const rotated = await crosswalk(['keys', 'rotate'], env);
  expect(rotated).toMatchObject({ error: '', out: expect.stringContaining('Sealed 1 credentials of 1 tenants') });
  const after = createVault(localKeyEncryption(newKey));
  expect((await api.db.tenant(tenant, (tx) => after.get(tx, tenant, 'a')))?.reveal()).toBe('kept');
  const before = createVault(localKeyEncryption(oldKey));
  await expect(api.db.tenant(tenant, (tx) => before.get(tx, tenant, 'a'))).rejects.toThrow(SealBroken);
});

test('a person is forgotten and readmitted by any name, and who was not forgotten is said to be so', async () => {
  const { body } = await api.call(key, 'POST', '/v1/tenants', { name: 'People' });
  await api.call(key, 'PUT', `/v1/tenants/${body.id}/syncs/visitor`, { joinKey: { property: 'email' } });
  const about = (action: string, ...names: string[]) => crosswalk([action, body.id, 'visitor', ...names]);
  expect((await about('forget', '--key', 'Ann@x.com', '--hubspot-id', '7')).out).toMatch(
    /^Forgotten: \d+ rows erased, 3 names/,
  );
  const back = await about('readmit', '--hubspot-id', '7', '--reference', 'TICKET-7');
  expect(back.out).toMatch(/^Readmitted: 3 names are free again/);
  expect((await about('readmit', '--hubspot-id', '7')).error).toMatch(/Nobody was forgotten/);
  expect((await about('forget')).error).toMatch(/hubspotId, pendoId or key/);
});

test('a login prints the address to open on a line of its own, whole on a narrow terminal', async () => {
  const { body } = await api.call(key, 'POST', '/v1/tenants', { name: 'Login' });
  const login = await crosswalk(['connect', 'hubspot', body.id, '--login'], {}, { columns: 60 });
  expect(login.error).toBe('');
  const address = login.out.split('\n').find((line) => line.startsWith('http')) ?? '';
  expect(address).toMatch(/[?&]state=[\w-]{20,}$/);
  expect(login.out).toContain('HubSpot will ask for:');
  expect(await crosswalk(['connect', 'hubspot', body.id, '--login', '--json'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('"url"'),
  });
});
