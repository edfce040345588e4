/** While a vendor is away a run waits without holding anything, and continues by itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endStates, type RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Fault } from '../../sandbox/contract.ts';
import { syncId } from '../../src/orchestration/names.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

type Waiting = RunView & { waitingUntil: string | null };

/** A tenant after a good first run that wrote nothing yet, with everything to write. */
async function owing(tier: 0 | 190 = 0): Promise<TestedTenant> {
  const tenant = await testedTenant(stack, { world: { contacts: 60, visitors: 60, companies: 4, accounts: 4, tier } });
  await tenant.configure('visitor', { pull: [], push: [] });
  expectAgreement(await tenant.round('enable', ['visitor']));
  const { pull, push } = tenant.full.visitor;
  await tenant.configure('visitor', { pull, push });
  return tenant;
}

/** Steps under way in Temporal: while one is, a place of a worker is taken. */
async function stepsOf(tenant: TestedTenant): Promise<number> {
  const { raw } = await stack.services.client.workflow.getHandle(syncId(tenant.id, 'visitor')).describe();
  return raw.pendingActivities?.length ?? 0;
}

async function untilWaiting(tenant: TestedTenant, runId: string): Promise<Waiting> {
  return waitUntil(
    async () => {
      const run = (await tenant.run(runId)) as Waiting;
      if (endStates.includes(run.state)) throw new Error(`the run ${run.state}`);
      return run.state === 'waiting' && (await stepsOf(tenant)) === 0 ? run : undefined;
    },
    { what: 'the run waiting without a step', timeoutMs: 60_000 },
  );
}

describe('a vendor that is away', { timeout: 150_000 }, () => {
  const outages: [string, Fault, string][] = [
    [
      'HubSpot, before its records are read',
      { vendor: 'hubspot', kind: 'status', status: 503, route: 'GET .*/objects/' },
      'OUTAGE',
    ],
    [
      'HubSpot, while it is written to',
      { vendor: 'hubspot', kind: 'status', status: 500, route: '/batch/update' },
      'OUTAGE',
    ],
    [
      'Pendo, before its records are read',
      { vendor: 'pendo', kind: 'status', status: 502, source: '^visitors$' },
      'OUTAGE',
    ],
    ['Pendo, while it is written to', { vendor: 'pendo', kind: 'reset', route: '/value' }, 'CONNECTION'],
  ];
  test.each(outages)('%s: no slot is held, and the same run ends as it should', async (_where, fault, code) => {
    const tenant = await owing();
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    await tenant.fault(fault);
    const { id } = await tenant.start('visitor');
    const waiting = await untilWaiting(tenant, id);
    expect(waiting.reason).toMatchObject({ code, fix: expect.stringMatching(/continues by itself/) });
    await tenant.noFaults();
    const round = await tenant.judge(before, from, [{ id }]);
    expectAgreement(round);
    expect(round.judged[0]?.run.state).toBe('succeeded');
  });

  test('a storm of 429: waits as it is told to, never dies, and leaves everything as it should be', async () => {
    const tenant = await owing();
    for (const vendor of ['hubspot', 'pendo'] as const) {
      await tenant.fault({ vendor, kind: 'status', status: 429, rate: 0.4, seed: 11, retryAfter: 1 });
    }
    expectAgreement(await tenant.round('run', ['visitor']));
  });

  test('the day’s calls are used up: waits for the next day, says until when, and can be cancelled at once', async () => {
    const tenant = await owing(190);
    await tenant.patch('portal', { dailyLimit: 1 });
    const { id } = await tenant.start('visitor');
    const waiting = await untilWaiting(tenant, id);
    expect(waiting.reason).toMatchObject({ code: 'DAILY_LIMIT' });
    const wait = Date.parse(waiting.waitingUntil ?? '') - Date.now();
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(25 * 3_600_000);
    const from = await lastCall(tenant);
    await stack.api.post(`${tenant.path}/runs/${id}/cancel`);
    expect((await tenant.ended({ id })).state).toBe('cancelled');
    expect(await lastCall(tenant)).toBe(from);
  });

  test('the day’s calls are used up and come back: the run wakes by itself, and ends as it should', async () => {
    // Worlds of one seed are one portal: what the test before used up is given back.
    await stack.services.control.db.pool.query('update budgets set blocked_until = 0');
    const tenant = await owing(190);
    await tenant.patch('portal', { dailyLimit: 1 });
    const spent = await tenant.start('visitor');
    await untilWaiting(tenant, spent.id);
    await stack.api.post(`${tenant.path}/runs/${spent.id}/cancel`);
    await tenant.ended(spent);

    // The portal's midnight is near.
    await tenant.patch('portal', { dailyLimit: 0 });
    const midnight = Date.now() + 40_000;
    const { rowCount } = await stack.services.control.db.pool.query(
      'update budgets set blocked_until = $1 where blocked_until > $2',
      [midnight, Date.now() + 60_000],
    );
    expect(rowCount).toBeGreaterThan(0);
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    const { id } = await tenant.start('visitor');
    const waiting = await untilWaiting(tenant, id);
    expect(waiting.reason).toMatchObject({ code: 'DAILY_LIMIT' });
    const round = await tenant.judge(before, from, [{ id }]);
    expectAgreement(round);
    expect(round.judged[0]?.run.state).toBe('succeeded');
    const calls = (await tenant.log(from)).filter(({ vendor }) => vendor === 'hubspot');
    expect(Math.min(...calls.map(({ at }) => at))).toBeGreaterThanOrEqual(midnight);
  });
});
