import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault, RawCrmRecord, Switches, World } from '../../sandbox/contract.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/index.ts';
import { createGuardedFetch } from '../../src/egress/guarded-fetch.ts';
import { type CrmRecord, createHubSpot, createHubSpotOAuth, type HubSpotClient } from '../../src/hubspot/index.ts';
import { openBudget } from '../egress/open-budget.ts';

let sandbox: RunningSandbox;
let world: World;
let client: HubSpotClient;
let guarded: ReturnType<typeof createGuardedFetch>;

beforeAll(async () => {
  sandbox = await startSandbox();
  const request = {
    world: 'hubspot-client',
    seed: 11,
    contacts: 300,
    companies: 20,
    visitors: 10,
    accounts: 5,
    activityDays: 2,
  };
  world = (await admin('POST', '/admin/worlds', request)) as World;
  guarded = createGuardedFetch({ allow: [sandbox.hubspotUrl] });
  client = openClient(world.hubspotToken);
});
afterAll(async () => {
  await guarded?.close();
  await sandbox?.close();
});

function openClient(token: string): HubSpotClient {
  return createHubSpot({
    baseUrl: sandbox.hubspotUrl,
    apiVersion: '2026-03',
    token: async () => token,
    budget: openBudget().budget,
    fetch: guarded.fetch,
    timeouts: { total: 2_000 },
  });
}

async function admin(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(sandbox.adminUrl + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

const ofWorld = (method: string, path: string, body?: unknown) =>
  admin(method, `/admin/worlds/${world.world}${path}`, body);

async function contacts(): Promise<RawCrmRecord[]> {
  const response = await fetch(`${sandbox.adminUrl}/admin/worlds/${world.world}/contacts`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as RawCrmRecord);
}

async function readAll(properties: string[]): Promise<CrmRecord[]> {
  const records: CrmRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await client.listPage('contacts', { after, limit: 37, properties });
    records.push(...page.records);
    if (page.next === undefined) return records;
    after = page.next;
  }
}

test('the connection is tested, its portal named, and a dead token told from a good one', async () => {
  expect(await client.account()).toMatchObject({ portalId: world.portalId });
  expect((await client.tokenInfo()).scopes).toContain('crm.objects.contacts.read');
  await expect(openClient('pat-na1-nobody').account()).rejects.toMatchObject({ kind: 'unauthorised' });
});

test('the list finds every live contact once, in the order of ids', async () => {
  const live = (await contacts()).filter((contact) => !contact.archived && contact.mergedInto === undefined);
  const records = await readAll(['email']);
  expect(records.map((record) => record.id)).toEqual(live.map((contact) => contact.id));
  expect(records.map((record) => record.properties.email ?? '')).toEqual(
    live.map(({ properties }) => properties.email ?? ''),
  );
  expect(await client.countRecords('contacts')).toBe(live.length);
  const half = await client.listPage('contacts', { after: live[50]!.id, limit: 5, properties: [] });
  expect(half.records.map((record) => record.id)).toEqual(live.slice(50, 55).map((contact) => contact.id));
});

test('group and properties are made once, and again without harm', async () => {
  const definition = {
    name: 'pendo_days_active_180d',
    label: 'Days Active',
    type: 'number',
    fieldType: 'number',
    groupName: 'pendo',
    description: 'Days with activity.',
  };
  for (let round = 0; round < 2; round += 1) {
    await client.createGroup('contacts', { name: 'pendo', label: 'Pendo' });
    const { present, refused } = await client.createProperties('contacts', [definition]);
    expect(refused).toEqual([]);
    expect(present).toEqual([expect.objectContaining(definition)]);
  }
  expect((await client.listGroups('contacts')).map((group) => group.name)).toContain('pendo');
});

describe('a batch update', () => {
  const write = async (bad: number[], switches: Partial<Switches>) => {
    await ofWorld('PUT', '/switches', switches);
    const live = (await contacts()).filter((contact) => !contact.archived && contact.mergedInto === undefined);
    const days = String(1 + Math.floor(Math.random() * 180));
    const inputs = live.slice(0, 100).map(({ id }, no) => ({
      id,
      properties: { pendo_days_active_180d: bad.includes(no) ? 'many' : days },
    }));
    const reply = await client.batchUpdate('contacts', inputs);
    const stored = new Map((await contacts()).map(({ id, properties }) => [id, properties.pendo_days_active_180d]));
    // What the reply calls accepted is stored, and nothing else is.
    const accepted = new Set(reply.accepted.map((row) => row.id));
    for (const { id } of inputs) expect(stored.get(id) === days).toBe(accepted.has(id));
    return { reply, inputs };
  };

  test.each(['multiStatus', 'batch400'] as const)('finds the bad rows, by %s', async (hubspotBadRow) => {
    const { reply, inputs } = await write([3, 70], { hubspotBadRow });
    expect(reply.rejected.map((row) => row.input).sort()).toEqual([inputs[3]!.id, inputs[70]!.id].sort());
    expect(reply.accepted).toHaveLength(98);
    expect(reply.calls - 1).toBeLessThanOrEqual(32);
  });

  test.each(['multiStatus', 'silent'] as const)('accounts for ids that are gone, by %s', async (hubspotMissingId) => {
    await ofWorld('PUT', '/switches', { hubspotMissingId, hubspotBadRow: 'multiStatus' });
    const [first] = await contacts();
    const gone = '999999999999';
    const days = { pendo_days_active_180d: '5' };
    const reply = await client.batchUpdate(
      'contacts',
      [first!.id, gone].map((id) => ({ id, properties: days })),
    );
    expect(reply.accepted.map((row) => row.id)).toEqual([first!.id]);
    expect([...reply.rejected.map((row) => row.input), ...reply.absent]).toEqual([gone]);
  });

  test('with an unknown property names it, and goes through without it', async () => {
    const [first] = await contacts();
    const properties = { pendo_days_active_180d: '7', pendo_never_made: '1' };
    const reply = await client.batchUpdate('contacts', [{ id: first!.id, properties }]);
    expect(reply).toMatchObject({ dropProperties: [{ name: 'pendo_never_made' }], unsent: [first!.id], accepted: [] });
  });

  test.each<Omit<Fault, 'vendor'>>([
    { kind: 'reset', count: 1 },
    { kind: 'resetAfter', count: 1 },
    { kind: 'timeoutAfter', count: 1 },
    { kind: 'status', status: 503, count: 2 },
    { kind: 'status', status: 429, count: 2, retryAfter: 1 },
    { kind: 'truncate', count: 1 },
    { kind: 'noBody200', count: 1 },
  ])('comes through %o', async (fault) => {
    await ofWorld('POST', '/faults', { vendor: 'hubspot', route: 'batch/update', ...fault });
    const { reply } = await write([], { hubspotBadRow: 'multiStatus', hubspotMissingId: 'multiStatus' });
    await ofWorld('DELETE', '/faults');
    expect(reply.accepted).toHaveLength(100);
  });
});

test('an upsert creates what is missing and updates the rest', async () => {
  const existing = (await contacts()).find(({ archived, properties }) => !archived && properties.email)!;
  const inputs = [existing.properties.email!, 'new.person@example.com'].map((key) => ({
    key,
    properties: { pendo_days_active_180d: '9' },
  }));
  const reply = await client.batchUpsert('contacts', { idProperty: 'email', inputs });
  expect(reply.accepted.map(({ key, created }) => [key, created]).sort()).toEqual(
    [
      [existing.properties.email, false],
      ['new.person@example.com', true],
    ].sort(),
  );
});

test('the login is exchanged, renewed, looked into and revoked', async () => {
  const oauth = createHubSpotOAuth({
    baseUrl: sandbox.hubspotUrl,
    authorizeBaseUrl: sandbox.hubspotUrl,
    apiVersion: '2026-03',
    ...sandbox.oauth,
    redirectUri: 'http://127.0.0.1:9/callback',
    fetch: guarded.fetch,
  });
  const verifier = randomBytes(32).toString('base64url');
  const url = oauth.authorizeUrl({
    scopes: ['oauth', 'crm.objects.contacts.read'],
    state: 'state',
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
  });
  const page = await fetch(`${url}&portal=${world.portalId}`, { redirect: 'manual' });
  const code = new URL(page.headers.get('location') ?? 'http://none/').searchParams.get('code');
  expect(code, `${page.status} ${await page.text()}`).toBeTruthy();
  const granted = await oauth.exchangeCode(code!, verifier);
  const renewed = await oauth.refresh(granted.refreshToken);
  expect(await oauth.introspect(renewed.accessToken)).toMatchObject({ active: true, hubId: world.portalId });
  expect(await openClient(renewed.accessToken).account()).toMatchObject({ portalId: world.portalId });
  await oauth.revoke(granted.refreshToken);
  await expect(oauth.refresh(granted.refreshToken)).rejects.toMatchObject({ code: 'BAD_REFRESH_TOKEN' });
  await expect(oauth.exchangeCode(code!, verifier)).rejects.toMatchObject({ code: 'BAD_AUTH_CODE' });
});
