/** A delta never writes over a mirror that no finished full run stands behind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

type Scoped = Omit<RunView, 'held'> & { scope: 'full' | 'delta'; held: { leg: string; test: string }[] };

/** Creates in HubSpot whom only Pendo knows, and has done so with a good run. */
async function creating(): Promise<TestedTenant> {
  const tenant = await testedTenant(stack, {
    world: { contacts: 150, visitors: 150, companies: 3, accounts: 3, activityDays: 5, tame: true },
    config: { visitor: { create: 'hubspot' } },
  });
  await tenant.round('enable', ['visitor']);
  await tenant.round('run', ['visitor']);
  return tenant;
}

async function startDelta(tenant: TestedTenant): Promise<{ run: Scoped; started: boolean }> {
  return stack.api.post(`${tenant.path}/syncs/visitor/runs`, { scope: 'delta' });
}
const delta = async (tenant: TestedTenant): Promise<Scoped> =>
  (await tenant.ended((await startDelta(tenant)).run)) as unknown as Scoped;
const cancel = (tenant: TestedTenant, run: { id: string }) => stack.api.post(`${tenant.path}/runs/${run.id}/cancel`);

/** What HubSpot's list says from now on: nobody is there. */
const listIsEmpty = { vendor: 'hubspot', kind: 'empty200', route: 'GET .*/objects/' } as const;

describe('over a list that came back empty', { timeout: 120_000 }, () => {
  test('no delta closes the run that was held for it; cancelled, the next delta is a full run and is held as well', async () => {
    const tenant = await creating();
    const from = await lastCall(tenant);
    await tenant.fault(listIsEmpty);
    const held = await tenant.ended(await tenant.start('visitor'));
    expect(held.state).toBe('held');

    const answered = await startDelta(tenant);
    expect(answered).toMatchObject({ started: false, run: { id: held.id, state: 'held' } });
    await cancel(tenant, held);
    const full = await delta(tenant);
    expect(full).toMatchObject({ scope: 'full', state: 'held' });
    expect(new Set(full.held.map(({ test }) => test))).toEqual(new Set(['counts', 'creations']));
    expect((await tenant.log(from)).filter(({ writes }) => writes !== undefined)).toEqual([]);

    // Nobody is written to once more, and then a delta reads what was touched again.
    await tenant.noFaults();
    await cancel(tenant, full);
    expect(await delta(tenant)).toMatchObject({ scope: 'full', state: 'succeeded' });
    expect(await delta(tenant)).toMatchObject({ scope: 'delta', state: 'succeeded' });
    expect((await tenant.log(from)).filter(({ writes }) => writes !== undefined)).toEqual([]);
    expectAgreement(await tenant.round('run', ['visitor']));
  });

  test('a full run that was cancelled when it had read leaves nothing to build on, and neither does a preview', async () => {
    const tenant = await creating();
    const from = await lastCall(tenant);
    await tenant.fault(listIsEmpty);
    await tenant.fault({ vendor: 'pendo', kind: 'latency', ms: 60_000, source: '^visitors$' });
    const cancelled = await tenant.start('visitor');
    await waitUntil(async () => ((await tenant.run(cancelled.id)).calls['hubspot.burst'] ?? 0) > 2 || undefined, {
      what: 'HubSpot’s side is read',
      timeoutMs: 30_000,
    });
    await cancel(tenant, cancelled);
    await tenant.ended(cancelled);
    await tenant.noFaults();
    await tenant.fault(listIsEmpty);
    const after = await delta(tenant);
    expect(after).toMatchObject({ scope: 'full', state: 'held' });

    const preview = await tenant.ended(await tenant.start('visitor', 'preview'));
    expect(preview).toMatchObject({ state: 'succeeded' });
    expect((preview as unknown as Scoped).held.map(({ test }) => test)).toContain('creations');
    expect(await delta(tenant)).toMatchObject({ scope: 'full', state: 'held' });
    expect((await tenant.log(from)).filter(({ writes }) => writes !== undefined)).toEqual([]);
  });
});
