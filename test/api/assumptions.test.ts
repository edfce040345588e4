/** Accounts that were just connected are asked whether they work as assumed, before anything is mapped. */
import { expect, test } from 'vitest';
import { startWithVendors } from './with-vendors.ts';

const { vendors, api, admin, connected } = await startWithVendors();

interface Listed {
  id: string;
  vendor: 'hubspot' | 'pendo';
  state: string;
  needed: boolean;
  evidence: string | null;
}

const list = async (tenant: string): Promise<Listed[]> =>
  (await api.call(admin, 'GET', `/v1/tenants/${tenant}/assumptions`)).body.assumptions;
const verify = (tenant: string, vendor: string) =>
  api.call(admin, 'POST', `/v1/tenants/${tenant}/assumptions/verify?vendor=${vendor}`);
const answered = (all: Listed[], vendor: string) =>
  all.filter((each) => each.vendor === vendor && each.state !== 'notAsked').length;

test('one account is asked all that a sync could rest on: reading only, in forty calls at most', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  for (const vendor of ['pendo', 'hubspot'] as const) {
    const before = await vendors.calls(world);
    const { status, body } = await verify(tenant, vendor);
    expect(status).toBe(200);
    const calls = (await vendors.calls(world)) - before;
    expect(calls).toBeLessThanOrEqual(40);
    expect(calls).toBeGreaterThanOrEqual(3);
    // Chosen properties of events are asked about once a sync has some.
    const about = (body.assumptions as Listed[]).filter(
      (each) => each.vendor === vendor && each.id !== 'pendo.trackProperties',
    );
    expect(about.every(({ needed }) => needed)).toBe(true);
    // Only what the first records show is not asked.
    expect(about.filter(({ state }) => state === 'notAsked').every(({ id }) => /stores|clears/.test(id))).toBe(true);
    if (vendor === 'pendo') expect(answered(body.assumptions, 'hubspot')).toBe(0);
  }
  for (const operation of ['writeValues', 'batchUpdate', 'batchUpsert', 'createFields', 'createProperties'])
    expect(await vendors.calls(world, operation)).toBe(0);
});

test('each answer is kept as it comes: while the rest is asked, others see how far it is', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await vendors.fault(world, { vendor: 'pendo', kind: 'latency', ms: 150 });
  const asking = verify(tenant, 'pendo');
  const seen = new Set<number>();
  const all = await Promise.race([
    asking.then(() => 'done'),
    (async () => {
      for (;;) seen.add(answered(await list(tenant), 'pendo'));
    })(),
  ]);
  expect(all).toBe('done');
  const last = answered(await list(tenant), 'pendo');
  expect([...seen].filter((count) => count > 0 && count < last).length).toBeGreaterThan(1);
});

test('what a vendor that is away did not answer is told, and what was answered before is kept', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await vendors.fault(world, { vendor: 'pendo', kind: 'status', status: 503, after: 2 });
  expect(await verify(tenant, 'pendo')).toMatchObject({ status: 502, body: { code: 'VENDOR_UNREACHABLE' } });
  expect(answered(await list(tenant), 'pendo')).toBe(1);
  await vendors.noFaults(world);
  expect((await verify(tenant, 'pendo')).status).toBe(200);
});
