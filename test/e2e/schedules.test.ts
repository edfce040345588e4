/** The daily run: a Schedule of Temporal that follows what the database says. */
import { ScheduleNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { syncId } from '../../src/orchestration/names.ts';
import { syncConfigSchema } from '../../src/sync/config.ts';
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

test('with an interval, deltas have a schedule of their own between the daily runs', { timeout: 60_000 }, async () => {
  const daily = { cron: '15 4 * * *', timeZone: 'Europe/Berlin', jitterMinutes: 5 };
  const deltas = stack.services.client.schedule.getHandle(`${syncId(tenant.id, 'visitor')}/delta`);
  await tenant.configure('visitor', { schedule: { ...daily, deltaMinutes: 30 } });
  const { spec } = await eventually('a schedule of deltas', () => deltas.describe().catch(() => undefined));
  expect(spec.intervals).toMatchObject([{ every: 30 * 60_000 }]);
  await deltas.trigger();
  const delta = await eventually('a delta run', async () => {
    const { runs } = await stack.api.get<{ runs: (RunView & { scope: string })[] }>(`${tenant.path}/runs?limit=5`);
    return runs.find(({ scope }) => scope === 'delta');
  });
  expect((await tenant.ended(delta)).state).toBe('succeeded');
  await tenant.configure('visitor', { schedule: { ...daily, deltaMinutes: null } });
  await eventually('no deltas any more', () =>
    deltas.describe().then(
      () => undefined,
      (error: unknown) => (error instanceof ScheduleNotFoundError ? true : undefined),
    ),
  );
});

test('a thousand tenants with one cron expression do not start at once', { timeout: 180_000 }, async () => {
  const tenants = Array.from({ length: 1000 }, (_, n) => `t_spread${n}`);
  const config = JSON.stringify(syncConfigSchema.parse({ joinKey: { property: 'email' } }));
  const { db, schedules } = stack.services.control;
  await db.platform(async (tx) => {
    await tx
      .insertInto('tenants')
      .values(tenants.map((id) => ({ id, name: id })))
      .execute();
    await tx
      .insertInto('syncs')
      .values(tenants.map((tenant_id) => ({ tenant_id, object: 'visitor', config, state: 'enabled' }) as const))
      .execute();
  });
  await schedules.reconcileAll();
  const starts: number[] = [];
  for (let at = 0; at < tenants.length; at += 25) {
    const some = tenants
      .slice(at, at + 25)
      .map((id) => stack.services.client.schedule.getHandle(syncId(id, 'visitor')));
    for (const { info } of await Promise.all(some.map((handle) => handle.describe())))
      starts.push(info.nextActionTimes[0]?.getTime() ?? Number.NaN);
  }
  const { jitterMinutes } = syncConfigSchema.parse({ joinKey: { property: 'email' } }).schedule;
  const first = Math.min(...starts);
  expect(Math.max(...starts) - first).toBeGreaterThan(jitterMinutes * 60_000 * 0.8);
  const perMinute = Map.groupBy(starts, (start) => Math.floor((start - first) / 60_000));
  expect(Math.max(...[...perMinute.values()].map((some) => some.length))).toBeLessThan(
    (4 * tenants.length) / jitterMinutes,
  );

  await db.platform(async (tx) => {
    await tx.deleteFrom('syncs').where('tenant_id', 'in', tenants).execute();
    await tx.deleteFrom('tenants').where('id', 'in', tenants).execute();
  });
  await schedules.reconcileAll();
});

test('it follows pause, resume and disable, and comes back when it was lost', { timeout: 60_000 }, async () => {
  const path = `${tenant.path}/syncs/visitor`;
  await stack.api.post(`${path}/pause`);
  await eventually('paused', async () => ((await schedule().describe()).state.paused ? true : undefined));
  await stack.api.post(`${path}/resume`);
  await eventually('resumed', async () => ((await schedule().describe()).state.paused ? undefined : true));

  await schedule().delete();
  // Temporal's list of schedules lags behind: for a moment it still names the one that is gone.
  await eventually('made again', async () => {
    await stack.services.control.schedules.reconcileAll();
    return (await schedule().describe()).scheduleId;
  });

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

test('whoever makes a schedule anew at the same time as others finds it as it is wanted, and nobody fails', {
  timeout: 60_000,
}, async () => {
  const { control } = stack.services;
  for (const minute of [11, 12, 13]) {
    await control.db.pool.query(
      `update syncs set state = 'enabled', config = jsonb_set(config, '{schedule,cron}', to_jsonb($1::text)) where tenant_id = $2 and object = 'visitor'`,
      [`${minute} 5 * * *`, tenant.id],
    );
    // A run that closes, a person who changes the sync, and the look at all schedules.
    await Promise.all(Array.from({ length: 6 }, () => control.schedules.reconcile(tenant.id, 'visitor')));
    const { spec } = await schedule().describe();
    expect(spec.calendars?.[0]?.minute).toMatchObject([{ start: minute }]);
  }
});
