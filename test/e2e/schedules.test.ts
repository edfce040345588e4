/** The daily run: a Schedule of Temporal that follows what the database says. */
import { ScheduleNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { syncId } from '../../src/orchestration/names.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
let tenant: TestedTenant;
beforeAll(async () => {
  stack = await openStack();
  tenant = await testedTenant(stack, { world: { contacts: 30, visitors: 30, companies: 5, accounts: 5 } });
});
afterAll(() => stack.stop());

const schedule = () => stack.services.client.schedule.getHandle(syncId(tenant.id, 'visitor'));
const eventually = <T>(what: string, probe: () => Promise<T | undefined>) =>
  waitUntil(probe, { what, timeoutMs: 20_000 });

test('enabled, it is there with its cron expression and zone; fired, it starts a daily run', {
  timeout: 60_000,
}, async () => {
  await tenant.configure('visitor', { schedule: { cron: '15 4 * * *', timeZone: 'Europe/Berlin', jitterMinutes: 5 } });
  expectAgreement(await tenant.round('enable', ['visitor']));
  const { spec, state } = await schedule().describe();
  expect(state.paused).toBe(false);
  expect(spec).toMatchObject({ timezone: 'Europe/Berlin', jitter: 300_000 });

  const before = await tenant.seen();
  const from = await lastCall(tenant);
  await schedule().trigger();
  const daily = await eventually('a daily run', async () => {
    const { runs } = await stack.api.get<{ runs: (RunView & { trigger: string })[] }>(`${tenant.path}/runs?limit=5`);
    return runs.find(({ trigger }) => trigger === 'daily');
  });
  expectAgreement(await tenant.judge(before, from, [daily]));
});

test('it follows pause, resume and disable, and comes back when it was lost', { timeout: 60_000 }, async () => {
  const path = `${tenant.path}/syncs/visitor`;
  await stack.api.post(`${path}/pause`);
  await eventually('paused', async () => ((await schedule().describe()).state.paused ? true : undefined));
  await stack.api.post(`${path}/resume`);
  await eventually('resumed', async () => ((await schedule().describe()).state.paused ? undefined : true));

  await schedule().delete();
  await stack.services.control.schedules.reconcileAll();
  await eventually('made again', async () => (await schedule().describe()).scheduleId);

  await stack.api.post(`${path}/disable`);
  await eventually('gone', () =>
    schedule()
      .describe()
      .then(
        () => undefined,
        (error: unknown) => (error instanceof ScheduleNotFoundError ? true : undefined),
      ),
  );
});
