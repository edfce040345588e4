/** What was sent to one target, and what became of that target since, never stands in the way of a value that it should hold. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { RawCrmRecord, RawPendoRecord, World } from '../../sandbox/contract.ts';
import { openStack } from './open-stack.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const world = { contacts: 30, visitors: 30, companies: 4, accounts: 4, matched: 1, tame: true };
const lastVisit = 'pendo_last_visit';

async function openTenant(): Promise<TestedTenant> {
  const config = { pull: [{ property: 'jobtitle' }], push: [{ metric: 'lastVisit' as const }] };
  const tenant = await testedTenant(stack, { world, config: { visitor: config } });
  await rests(tenant, 'enable');
  return tenant;
}

async function rests(tenant: TestedTenant, how: 'enable' | 'run' = 'run') {
  const run = await tenant.ended(await tenant.start('visitor', how));
  expect(run).toMatchObject({ state: 'succeeded' });
  return run;
}

const pass = async (tenant: TestedTenant) => tenant.nextDay(0);

interface Pair {
  contact: RawCrmRecord;
  visitor: RawPendoRecord;
}

/** Matched pairs by e-mail, with a last visit each. */
async function pairs(tenant: TestedTenant): Promise<Pair[]> {
  const { contacts, visitors } = await tenant.seen();
  const all = visitors.flatMap((visitor) => {
    const contact = contacts.find(({ archived, properties }) => !archived && properties.email === visitor.id);
    return contact?.properties[lastVisit] ? [{ contact, visitor }] : [];
  });
  return all.sort((a, b) => (a.visitor.id < b.visitor.id ? -1 : 1));
}

const held = ({ metadata }: RawPendoRecord) => metadata.custom?.hubspot_jobtitle;
const email = (one: Pair, address: string) => ({ id: one.contact.id, properties: { email: address } });

test('a contact that had another’s address for a day, and was then given its own back, holds its own person’s values', async () => {
  const tenant = await openTenant();
  const before = await pairs(tenant);
  const one = before[0]!;
  const other = before.find(({ contact }) => contact.properties[lastVisit] !== one.contact.properties[lastVisit])!;
  await tenant.patch('contacts', [
    { id: one.contact.id, properties: { jobtitle: 'One' } },
    { id: other.contact.id, properties: { jobtitle: 'Other' } },
  ]);
  await rests(tenant);
  // Before anything was read back, the addresses change hands.
  await tenant.patch('contacts', [email(one, other.visitor.id), email(other, one.visitor.id)]);
  await pass(tenant);
  await rests(tenant);
  await tenant.patch('contacts', [email(one, one.visitor.id), email(other, other.visitor.id)]);
  await pass(tenant);
  const run = await rests(tenant);
  expect(run.counts.legs?.pull?.altered ?? 0).toBe(0);
  expect(run.counts.legs?.push?.altered ?? 0).toBe(0);
  const after = await pairs(tenant);
  for (const { contact, visitor } of [one, other]) {
    const now = after.find((pair) => pair.contact.id === contact.id)!;
    expect(now.visitor.id).toBe(visitor.id);
    expect(now.contact.properties[lastVisit]).toBe(contact.properties[lastVisit]);
    expect(held(now.visitor)).toBe(contact.id === one.contact.id ? 'One' : 'Other');
  }
}, 60_000);

test('a join key that was set wrongly for a day leaves nothing behind when it is put back', async () => {
  const tenant = await openTenant();
  const before = await pairs(tenant);
  // Another property names other people: everybody is taken for the next one.
  const wrong = before.map(({ contact }, n) => ({
    id: contact.id,
    properties: { city: before[(n + 1) % before.length]!.visitor.id, jobtitle: `Job ${n}` },
  }));
  await tenant.patch('contacts', wrong);
  await rests(tenant);
  await tenant.configure('visitor', { joinKey: { property: 'city' }, guards: { valueShare: 1 } });
  await pass(tenant);
  await rests(tenant);
  const mixed = await pairs(tenant);
  expect(mixed.map(({ visitor }) => held(visitor))).not.toEqual(wrong.map(({ properties }) => properties.jobtitle));
  await tenant.configure('visitor', { joinKey: { property: 'email' } });
  await pass(tenant);
  await rests(tenant);
  const after = await pairs(tenant);
  expect(after.map(({ visitor }) => held(visitor))).toEqual(wrong.map(({ properties }) => properties.jobtitle));
  expect(after.map(({ contact }) => contact.properties[lastVisit])).toEqual(
    before.map(({ contact }) => contact.properties[lastVisit]),
  );
}, 60_000);

test('production gets every value after staging, and a key that is moved there unseen stops the sync until that is confirmed', async () => {
  const tenant = await openTenant();
  const staging = tenant.world;
  const production = await tenant.admin.post<World>('/admin/worlds', {
    ...world,
    world: `${staging.world}-production`,
    seed: 77,
  });
  const [someone] = await pairs(tenant);
  const id = someone!.visitor.id;
  await tenant.admin.patch(`/admin/worlds/${production.world}/visitors`, [{ id, metadata: {} }]);
  const title = 'Sent to staging before';
  await tenant.patch('contacts', [{ id: someone!.contact.id, properties: { jobtitle: title } }]);
  await rests(tenant);

  // The stored key answers for the other subscription.
  await tenant.fault({ vendor: 'pendo', kind: 'otherWorld', world: production.world });
  const stopped = await tenant.ended(await tenant.start('visitor'));
  expect(stopped).toMatchObject({ state: 'failed', reason: { code: 'SUBSCRIPTION_CHANGED' } });
  expect(await tenant.pausedSync('visitor')).toMatchObject({ reason: { code: 'SUBSCRIPTION_CHANGED' } });
  await tenant.noFaults();

  const connect = { key: production.pendoKey, zone: production.zone };
  await expect(stack.api.put(`${tenant.path}/connections/pendo`, connect)).rejects.toThrow('SUBSCRIPTION_SWAP');
  await stack.api.put(`${tenant.path}/connections/pendo`, { ...connect, allowSubscriptionSwap: true });
  expect((await tenant.sync('visitor')).state).toBe('enabled');
  const run = await tenant.ended(await tenant.start('visitor'));
  // Far fewer people match: the guards see to that, and not what was remembered.
  expect(['succeeded', 'held']).toContain(run.state);
  const text = await (await fetch(`${stack.sandbox.adminUrl}/admin/worlds/${production.world}/visitors`)).text();
  const there = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RawPendoRecord)
    .find((visitor) => visitor.id === id)!;
  expect(held(there)).toBe(title);
}, 90_000);

test('a run lists the records of the account that it read, and none of one that the tenant has left', async () => {
  const tenant = await openTenant();
  const home = tenant.world;
  const other = await tenant.admin.post<World>('/admin/worlds', { ...world, world: `${home.world}-left`, seed: 78 });
  const listed = async (leg: 'pull' | 'push') => {
    const run = await tenant.ended(await tenant.start('visitor'));
    expect(run).toMatchObject({ state: 'succeeded' });
    const path = `${tenant.path}/runs/${run.id}/records?leg=${leg}&limit=200`;
    const { records } = await stack.api.get<{ records: unknown[] }>(path);
    expect(records).toHaveLength(run.counts.read?.[leg === 'pull' ? 'hubspot' : 'pendo'] ?? Number.NaN);
  };
  const connect = (vendor: string, body: object) => stack.api.put(`${tenant.path}/connections/${vendor}`, body);
  await connect('hubspot', { token: other.hubspotToken, allowPortalSwap: true });
  await listed('pull');
  await connect('pendo', { key: other.pendoKey, zone: other.zone, allowSubscriptionSwap: true });
  await listed('push');
  await listed('pull');
}, 60_000);

test('a field and a property that were made anew are filled, though the values were sent before and stored differently', async () => {
  const tenant = await openTenant();
  await pass(tenant);
  await rests(tenant);
  const before = await pairs(tenant);
  const { subscription, portal } = await tenant.seen();
  const { schema } = subscription;
  schema.visitor.custom!.hubspot_jobtitle!.isDeleted = true;
  await tenant.patch('subscription', { schema });
  await tenant.patch(
    'visitors',
    before.map(({ visitor }) => ({ id: visitor.id, metadata: { custom: { hubspot_jobtitle: null } } })),
  );
  const { properties } = portal;
  for (const property of properties.contacts) if (property.name === lastVisit) property.createdAt += 1000;
  await tenant.patch('portal', { properties });
  await tenant.patch(
    'contacts',
    before.map(({ contact }) => ({ id: contact.id, properties: { [lastVisit]: null } })),
  );
  await pass(tenant);
  const run = await rests(tenant);
  // Nobody changed a value: there is no drift to be counted.
  const fields = run.counts.fields as Record<string, Record<string, Record<string, number>>>;
  expect(fields.pull?.jobtitle?.drift ?? 0).toBe(0);
  expect(fields.push?.[lastVisit]).toEqual({ written: before.length });
  const after = await pairs(tenant);
  expect(after.map(({ visitor }) => held(visitor))).toEqual(before.map(({ visitor }) => held(visitor)));
}, 60_000);
