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

type Scheduled = RunView & { trigger: string; scope: string };
const scheduledRun = (what: string, after: string) =>
  eventually(what, async () => {
    const { runs } = await stack.api.get<{ runs: Scheduled[] }>(`${tenant.path}/runs?limit=5&object=visitor`);
    return runs.find(({ id, trigger }) => trigger === 'daily' && Number(id) > Number(after));
  });
const dueSince = async (): Promise<Date | null> => {
  const { rows } = await stack.services.control.db.pool.query<{ full_due_at: Date | null }>(
    `select full_due_at from syncs where tenant_id = $1 and object = 'visitor'`,
    [tenant.id],
  );
  return rows[0]!.full_due_at;
};

test.each([
  ['a delta', () => stack.api.post<{ run: RunView }>(`${tenant.path}/syncs/visitor/runs`, { scope: 'delta' })],
  ['a preview', () => stack.api.post<{ run: RunView }>(`${tenant.path}/syncs/visitor/preview`)],
  ['a full run that has begun', () => stack.api.post<{ run: RunView }>(`${tenant.path}/syncs/visitor/runs`, {})],
])('a full run that falls due during %s starts right after it, once', { timeout: 60_000 }, async (_, start) => {
  await tenant.fault({ vendor: 'pendo', kind: 'latency', ms: 60_000, source: '^visitors$' });
  const { run } = await start();
  await eventually('it reads', async () => ((await tenant.run(run.id)).phase === 'read' ? true : undefined));
  await schedule().trigger();
  await eventually('a full run is due', async () => (await dueSince()) ?? undefined);
  await tenant.noFaults();
  await tenant.ended(run);
  const due = await scheduledRun('the full run', run.id);
  expect(due.scope).toBe('full');
  expect((await tenant.ended(due)).state).toBe('succeeded');
  expect(await dueSince()).toBeNull();
});

test('a full run that fell due while the sync was paused starts when it is resumed, and none that did not', {
  timeout: 60_000,
}, async () => {
  const path = `${tenant.path}/syncs/visitor`;
  const last = await tenant.ended(await tenant.start('visitor'));
  const asked = async (): Promise<true | undefined> => {
    const { rows } = await stack.services.control.db.pool.query(
      `select from syncs where tenant_id = $1 and object = 'visitor' and resumed_at is null`,
      [tenant.id],
    );
    return rows.length > 0 || undefined;
  };
  await tenant.configure('visitor', { schedule: { cron: '0 0 29 2 *', timeZone: 'UTC', jitterMinutes: 0 } });
  await stack.api.post(`${path}/pause`);
  await stack.api.post(`${path}/resume`);
  await eventually('Temporal was asked', asked);
  expect(await dueSince()).toBeNull();

  await tenant.configure('visitor', { schedule: { cron: '0 * * * *', timeZone: 'UTC', jitterMinutes: 0 } });
  await stack.api.post(`${path}/pause`);
  // The last run was two hours ago: the schedule would have fired since.
  await stack.services.control.db.pool.query(
    `update runs set queued_at = queued_at - interval '2 hours', opened_at = opened_at - interval '2 hours' where tenant_id = $1`,
    [tenant.id],
  );
  await stack.api.post(`${path}/resume`);
  const due = await scheduledRun('the full run', last.id);
  expect((await tenant.ended(due)).state).toBe('succeeded');
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
