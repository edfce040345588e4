/** What a vendor has taken is recorded as taken, whatever ended the run while the answer was on its way. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Call, Fault } from '../../sandbox/contract.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

/** The vendor has done what it was asked for, and its answer takes so long. */
const slow = { kind: 'slowBody', ms: 4000 } as const;
const slowHubSpot: Fault = { vendor: 'hubspot', ...slow, route: 'POST .*/batch/update' };
const slowPendo: Fault = { vendor: 'pendo', ...slow, route: 'POST .*/metadata/.*/value' };

/** Has made its fields and owes everything. */
async function owing(): Promise<TestedTenant> {
  const tenant = await testedTenant(stack, { world: { contacts: 150, visitors: 150, companies: 3, accounts: 3 } });
  await tenant.configure('visitor', { push: [], pull: [] });
  expectAgreement(await tenant.round('enable', ['visitor']));
  const { push, pull } = tenant.full.visitor;
  await tenant.configure('visitor', { push, pull });
  return tenant;
}

const taken = (log: Call[], vendor: Call['vendor']): string[] =>
  log
    .filter((call) => call.vendor === vendor)
    .flatMap(({ writes = [] }) => writes.filter(({ accepted }) => accepted).map(({ id }) => id));

/** The vendor has done a write, and its answer is on its way. */
async function untilDone(tenant: TestedTenant, from: number, vendor: Call['vendor']): Promise<void> {
  await waitUntil(async () => taken(await tenant.log(from), vendor).length > 0 || undefined, {
    what: `a write done by ${vendor}`,
    timeoutMs: 30_000,
  });
}

/** The run says of both legs what the vendors' logs say, and adds up. */
async function expectTrue(tenant: TestedTenant, from: number, run: RunView): Promise<void> {
  const log = await tenant.log(from);
  const { sent, legs } = run.counts;
  expect({ hubspot: legs?.push?.written ?? 0, pendo: legs?.pull?.written ?? 0 }).toEqual({
    hubspot: new Set(taken(log, 'hubspot')).size,
    pendo: new Set(taken(log, 'pendo')).size,
  });
  expect(sent?.push).toBeGreaterThanOrEqual(taken(log, 'hubspot').length);
}

describe('while HubSpot answers slowly', { timeout: 90_000 }, () => {
  test('a leg that Pendo blocks ends the run when HubSpot has answered, and the run says what HubSpot took', async () => {
    const tenant = await owing();
    await tenant.fault(slowHubSpot);
    await tenant.fault({ vendor: 'pendo', kind: 'status', status: 403, route: '/value' });
    const from = await lastCall(tenant);
    const run = await tenant.ended(await tenant.start('visitor'));
    expect(run).toMatchObject({ state: 'failed', reason: { vendor: 'pendo' } });
    // Those that go ahead of the others, whose answer is on its way.
    expect(taken(await tenant.log(from), 'hubspot').length).toBeGreaterThan(5);
    await expectTrue(tenant, from, run);
    expect(await tenant.pausedSync('visitor')).toMatchObject({ reason: { code: run.reason?.code } });
  });

  test.each([
    ['cancelled', (tenant: TestedTenant, id: string) => stack.api.post(`${tenant.path}/runs/${id}/cancel`)],
    ['disabled', (tenant: TestedTenant) => stack.api.post(`${tenant.path}/syncs/visitor/disable`)],
    [
      'told to forget somebody',
      (tenant: TestedTenant) => stack.api.post(`${tenant.path}/syncs/visitor/forget`, { key: 'nobody@x.com' }),
    ],
    ['disconnected', (tenant: TestedTenant) => stack.api.delete(`${tenant.path}/connections/pendo`)],
  ])(
    'a run that is %s closes when the answers have come, sends nothing more, and says what was taken',
    async (_, stop) => {
      const tenant = await owing();
      await tenant.fault(slowHubSpot);
      await tenant.fault({ ...slowPendo, ms: 2000 });
      const from = await lastCall(tenant);
      const { id } = await tenant.start('visitor');
      await untilDone(tenant, from, 'hubspot');
      await stop(tenant, id);
      const stoppedAt = Date.now();
      const run = await tenant.ended({ id });
      expect(run.state).toBe('cancelled');
      await expectTrue(tenant, from, run);
      const late = (await tenant.log(from)).filter((call) => call.writes !== undefined && call.at > stoppedAt + 2000);
      expect(late).toEqual([]);
    },
  );

  test('a pause waits for the answer: resumed, the run writes nobody a second time', async () => {
    const tenant = await owing();
    await tenant.fault(slowHubSpot);
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    const { id } = await tenant.start('visitor');
    await untilDone(tenant, from, 'hubspot');
    await stack.api.post(`${tenant.path}/syncs/visitor/pause`);
    // Where nothing is left to be sent, there is nothing to pause.
    await waitUntil(async () => (['paused', 'succeeded'].includes((await tenant.run(id)).state) ? true : undefined), {
      what: 'the run is paused or done',
      timeoutMs: 30_000,
    });
    await tenant.noFaults();
    await stack.api.post(`${tenant.path}/syncs/visitor/resume`);
    expectAgreement(await tenant.judge(before, from, [{ id }]));
    const ids = taken(await tenant.log(from), 'hubspot');
    expect(ids.length).toBe(new Set(ids).size);
  });
});
