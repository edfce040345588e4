/** A day's quota that is too small for a full read costs days, and each of them brings the run further. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import { endStates } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { syncId } from '../../src/orchestration/names.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, testedTenant } from '../e2e/tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const day = 86_400_000;
const pages = 12;

test('a quota smaller than one full read: the run goes on where it stopped, day after day, and ends', {
  timeout: 150_000,
}, async () => {
  const tenant = await testedTenant(stack, {
    world: { contacts: 100 * pages, visitors: 300, companies: 4, accounts: 4, tier: 190, tame: true },
  });
  await tenant.configure('visitor', { pull: [], push: [] });
  expectAgreement(await tenant.round('enable', ['visitor']));
  const { pull, push } = tenant.full.visitor;
  await tenant.configure('visitor', { pull, push });
  const before = await tenant.seen();
  const from = await lastCall(tenant);
  const hubspot = async () =>
    (await tenant.log(from)).filter(({ vendor, status }) => vendor === 'hubspot' && status < 400);

  await tenant.patch('portal', { dailyLimit: 10 });
  const { id } = await tenant.start('visitor');
  const made: number[] = [];
  for (let days = 1; ; days++) {
    const ran = await waitUntil(
      async () => {
        const run: RunView & { waitingUntil?: string | null } = await tenant.run(id);
        if (endStates.includes(run.state)) return run;
        // Between two steps: the day is really over for it.
        const { raw } = await stack.services.client.workflow.getHandle(syncId(tenant.id, 'visitor')).describe();
        const rests = run.state === 'waiting' && (raw.pendingActivities?.length ?? 0) === 0;
        const isOver = (run.reason as { code?: string } | null)?.code === 'DAILY_LIMIT';
        return rests && isOver && (await hubspot()).length > (made.at(-1) ?? -1) ? run : undefined;
      },
      { what: `day ${days} of the run`, timeoutMs: 40_000 },
    );
    made.push((await hubspot()).length);
    if (endStates.includes(ran.state)) break;
    expect(days).toBeLessThan(10);
    // The portal's midnight passes.
    await stack.setClock(stack.services.control.clock() + day);
    await stack.services.control.db.pool.query('update budgets set blocked_until = 0');
    await stack.services.control.starter.lookNow(tenant.id, 'visitor');
  }
  const calls = await hubspot();
  expect(made.length).toBeGreaterThan(2);
  // Nothing was read twice, although days have passed since the first page. Three more calls ask how list and search work.
  expect(calls.filter(({ operation }) => operation === 'list').length).toBeLessThanOrEqual(pages + 2 + 3);
  await tenant.patch('portal', { dailyLimit: 0 });
  const round = await tenant.judge(before, from, [{ id }]);
  expectAgreement(round);
  expect(round.judged[0]?.run.state).toBe('succeeded');
});
