/** A tenant moves to another Pendo subscription only when a person has said so (docs/semantics.md, section 4). */
import { describe, expect, test } from 'vitest';
import type { World } from '../../sandbox/contract.ts';
import { startWithVendors } from './with-vendors.ts';

const { vendors, api, admin, connect: put, connected } = await startWithVendors();

const connectPendo = (tenant: string, { pendoKey, zone }: World, more: object = {}) =>
  put(tenant, 'pendo', { key: pendoKey, zone, ...more });
const patch = (world: World, body: object) => vendors.admin('PATCH', `/worlds/${world.world}/subscription`, body);
const identity = (test: { steps: { step: string; state: string; message: string }[] }) =>
  test.steps.find(({ step }) => step === 'identity');

/** What is kept of a tenant's records, and a run that a guard holds. */
async function withMemory(tenant: string) {
  const key = { tenant_id: tenant, object: 'visitor' } as const;
  const record = {
    ...key,
    key_state: 'ok',
    match_key: 'a@x.com',
    gives: '{}',
    holds: '{}',
    gives_digest: Buffer.from('x'),
    holds_digest: Buffer.from('x'),
  } as const;
  const config = JSON.stringify({ joinKey: { property: 'email' } });
  const run = await api.db.tenant(tenant, async (tx) => {
    await tx
      .insertInto('hubspot_records')
      .values({ ...record, id: '1' })
      .execute();
    await tx
      .insertInto('pendo_records')
      .values({ ...record, id: 'a@x.com' })
      .execute();
    for (const leg of ['pull', 'push'] as const) {
      await tx
        .insertInto('sent_values')
        .values({ ...key, leg, hubspot_id: '1', pendo_id: 'a@x.com', fields: '{}' })
        .execute();
    }
    const held = { ...key, trigger: 'manual', epoch: 1, config, config_version: 1, state: 'held' } as const;
    return tx.insertInto('runs').values(held).returning('id').executeTakeFirstOrThrow();
  });
  return async () => {
    const count = (table: 'hubspot_records' | 'pendo_records' | 'sent_values') =>
      api.db.tenant(tenant, async (tx) => (await tx.selectFrom(table).select('object').execute()).length);
    return {
      hubspot: await count('hubspot_records'),
      pendo: await count('pendo_records'),
      sent: await count('sent_values'),
      run: (await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs/${run.id}`)).body.state,
    };
  };
}
const everything = { hubspot: 1, pendo: 1, sent: 2, run: 'held' };
const nothing = { hubspot: 0, pendo: 0, sent: 0, run: 'cancelled' };

describe('a key of another subscription', () => {
  test('is asked about, and nothing is touched until a person has confirmed it', async () => {
    const [staging, production] = [await vendors.world(), await vendors.world()];
    const tenant = await connected(staging);
    const kept = await withMemory(tenant);
    const refused = await connectPendo(tenant, production);
    expect(refused).toMatchObject({ status: 409, body: { code: 'SUBSCRIPTION_SWAP' } });
    expect(refused.body.fix).toContain('allowSubscriptionSwap: true');
    expect(await kept()).toEqual(everything);
    // The stored key is still the one of before.
    expect((await api.call(admin, 'POST', `/v1/tenants/${tenant}/connections/pendo/test`)).body.ok).toBe(true);
    const moved = await connectPendo(tenant, production, { allowSubscriptionSwap: true });
    expect(moved.status).toBe(200);
    expect(identity(moved.body.test)).toMatchObject({ state: 'passed' });
    expect(await kept()).toEqual(nothing);
    // It is known now: the way back is another swap.
    expect((await connectPendo(tenant, production)).status).toBe(200);
    expect((await connectPendo(tenant, staging)).body.code).toBe('SUBSCRIPTION_SWAP');
  });

  test('is asked about after a disconnect as well', async () => {
    const [staging, production] = [await vendors.world(), await vendors.world()];
    const tenant = await connected(staging);
    expect((await api.call(admin, 'DELETE', `/v1/tenants/${tenant}/connections/pendo`)).status).toBe(204);
    expect((await connectPendo(tenant, production)).body.code).toBe('SUBSCRIPTION_SWAP');
    expect((await connectPendo(tenant, staging)).status).toBe(200);
  });

  test('is asked about where a release that did not know has connected the first one', async () => {
    const [staging, production] = [await vendors.world(), await vendors.world()];
    const tenant = await connected(staging);
    await api.db.tenant(tenant, (tx) => tx.updateTable('connections').set({ marks: null }).execute());
    expect((await connectPendo(tenant, production)).body.code).toBe('SUBSCRIPTION_SWAP');
  });
});

test('another key of the same subscription is taken, also when most of what it lists is new', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const kept = await withMemory(tenant);
  const subscription = await (await vendors.admin('GET', `/worlds/${world.world}/subscription`)).json();
  const { guides } = subscription as { guides: { id: string }[] };
  await patch(world, { guides: guides.map((guide, n) => ({ ...guide, id: `new-${n}` })) });
  const again = await connectPendo(tenant, world);
  expect(again.status).toBe(200);
  expect(identity(again.body.test)).toMatchObject({ state: 'passed' });
  expect(await kept()).toEqual(everything);
});

test('a key whose subscription has changed fails the test of the connection, and is not taken for the new one', async () => {
  const [one, other] = [await vendors.world(), await vendors.world()];
  const tenant = await connected(one);
  const test = () => api.call(admin, 'POST', `/v1/tenants/${tenant}/connections/pendo/test`);
  await vendors.fault(one, { vendor: 'pendo', kind: 'otherWorld', world: other.world });
  for (let times = 0; times < 2; times++) {
    const answer = await test();
    expect(answer.body.ok).toBe(false);
    expect(identity(answer.body)).toMatchObject({ state: 'failed', code: 'SUBSCRIPTION_CHANGED' });
  }
  await vendors.noFaults(one);
  expect((await test()).body.ok).toBe(true);
});

describe('where Pendo lists nothing to tell by', () => {
  const nothingListed = { vendor: 'pendo', kind: 'empty200', source: '^(guides|pages|features|trackTypes)$' } as const;

  test('an answer says that it could not be told', async () => {
    const [one, other] = [await vendors.world(), await vendors.world()];
    await vendors.fault(one, nothingListed);
    await vendors.fault(other, nothingListed);
    const tenant = await connected(one);
    const made = await connectPendo(tenant, other);
    expect(made.status).toBe(200);
    expect(identity(made.body.test)).toMatchObject({ state: 'skipped' });
    // A person who says that it is another one is believed.
    const kept = await withMemory(tenant);
    expect((await connectPendo(tenant, one)).status).toBe(200);
    expect(await kept()).toEqual(everything);
    expect((await connectPendo(tenant, other, { allowSubscriptionSwap: true })).status).toBe(200);
    expect(await kept()).toEqual(nothing);
  });

  test('fields that have nothing in common are asked about', async () => {
    const [one, other] = [await vendors.world(), await vendors.world()];
    await vendors.fault(one, nothingListed);
    await vendors.fault(other, nothingListed);
    const field = { type: 'string', displayName: 'Other', isDeleted: false };
    const groups = { custom: { quite_other: field }, agent: {} };
    await patch(other, { schema: { visitor: groups, account: groups } });
    const tenant = await connected(one);
    expect((await connectPendo(tenant, other)).body.code).toBe('SUBSCRIPTION_SWAP');
    expect((await connectPendo(tenant, other, { allowSubscriptionSwap: true })).status).toBe(200);
  });

  test('a key that lists nothing where something was is asked about', async () => {
    const [one, other] = [await vendors.world(), await vendors.world()];
    await vendors.fault(other, nothingListed);
    const tenant = await connected(one);
    expect((await connectPendo(tenant, other)).body.code).toBe('SUBSCRIPTION_SWAP');
  });
});

test('a move to another HubSpot account ends what was read and remembered in the same way', async () => {
  const [one, other] = [await vendors.world(), await vendors.world()];
  const tenant = await connected(one);
  const kept = await withMemory(tenant);
  expect((await put(tenant, 'hubspot', { token: other.hubspotToken })).body.code).toBe('PORTAL_SWAP');
  expect(await kept()).toEqual(everything);
  expect((await put(tenant, 'hubspot', { token: other.hubspotToken, allowPortalSwap: true })).status).toBe(200);
  expect(await kept()).toEqual(nothing);
});
