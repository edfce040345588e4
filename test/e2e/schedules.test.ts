/** The daily run: a Schedule of Temporal that follows what the database says. */
import { type ScheduleHandle, ScheduleNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { checkAlerts } from '../../src/control/alerts/check.ts';
import { syncId } from '../../src/orchestration/names.ts';
import { trialOptions } from '../../src/orchestration/schedule-options.ts';
import { isScheduleGone, isUnanswered } from '../../src/orchestration/temporal-errors.ts';
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
    for (const table of ['schedule_faults', 'alert_states', 'alerts', 'syncs'] as const) {
      await tx.deleteFrom(table).where('tenant_id', 'in', tenants).execute();
    }
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

interface SyncView {
  state: string;
  nextRunAt: string | null;
  nextDeltaAt: string | null;
  scheduleProblem: { code: string; message: string; fix: string } | null;
  warnings?: { code: string }[];
}
const syncView = () => stack.api.get<SyncView>(`${tenant.path}/syncs/visitor`);
const put = (schedule: Record<string, unknown>) =>
  stack.api.put<SyncView & { config: { schedule: { timeZone: string } } }>(`${tenant.path}/syncs/visitor`, {
    ...tenant.configs.visitor,
    schedule,
  });

test('whatever spelling of a schedule is accepted is in force, and the API shows the next run as Temporal has it', {
  timeout: 60_000,
}, async () => {
  for (const [cron, timeZone, plain] of [
    ['30 5 * * *', 'europe/berlin', 'Europe/Berlin'],
    ['@daily', 'utc', 'UTC'],
    ['0 4 * * MON-fri', 'us/eastern', 'US/Eastern'],
  ] as const) {
    const set = await put({ cron, timeZone, jitterMinutes: 0, deltaMinutes: 60 });
    expect(set.config.schedule.timeZone).toBe(plain);
    const { spec, info } = await schedule().describe();
    expect(spec.timezone).toBe(plain);
    expect(set).toMatchObject({ scheduleProblem: null, nextRunAt: info.nextActionTimes[0]!.toISOString() });
    expect(set.nextDeltaAt).not.toBeNull();
  }
  await stack.api.post(`${tenant.path}/syncs/visitor/pause`);
  expect(await syncView()).toMatchObject({ nextRunAt: null, nextDeltaAt: null });
  await stack.api.post(`${tenant.path}/syncs/visitor/resume`);
  expect((await syncView()).nextRunAt).not.toBeNull();
});

test('a schedule that Temporal refuses is refused before it is stored, and the one before stays in force', {
  timeout: 60_000,
}, async () => {
  await put({ cron: '0 7 * * *', timeZone: 'UTC', jitterMinutes: 0 });
  const before = await syncView();
  for (const bad of [
    { cron: '0 22-6 * * *', timeZone: 'UTC' },
    // A name that this run time has, and the server has not.
    { cron: '0 3 * * *', timeZone: 'SystemV/PST8' },
  ]) {
    await expect(put(bad)).rejects.toMatchObject({ status: 422, code: 'MAPPING_INVALID' });
  }
  expect(await syncView()).toEqual(before);
  const left: string[] = [];
  for await (const { scheduleId } of stack.services.client.schedule.list()) {
    if (scheduleId.startsWith('trial/') && (await isThere(scheduleId))) left.push(scheduleId);
  }
  expect(left).toEqual([]);
});

/** Temporal's list of schedules lags behind. */
const isThere = (id: string) =>
  stack.services.client.schedule
    .getHandle(id)
    .describe()
    .then(
      () => true,
      () => false,
    );

test("one tenant's schedule that cannot be set costs only that tenant, is shown and alerted, and closes no run twice", {
  timeout: 60_000,
}, async () => {
  const { db, schedules } = stack.services.control;
  const good = syncConfigSchema.parse({ joinKey: { property: 'email' } });
  const config = (timeZone: string) => JSON.stringify({ ...good, schedule: { ...good.schedule, timeZone } });
  // As an earlier version stored them; the bad one comes first.
  const tenants = ['t_aaa_bad', 't_bbb_good', 't_ccc_good'];
  await db.platform(async (tx) => {
    await tx
      .insertInto('tenants')
      .values(tenants.map((id) => ({ id, name: id })))
      .execute();
    await tx
      .insertInto('syncs')
      .values(
        tenants.map(
          (tenant_id, n) =>
            ({
              tenant_id,
              object: 'visitor',
              state: 'enabled',
              config: config(n === 0 ? 'Mars/Olympus' : 'UTC'),
            }) as const,
        ),
      )
      .execute();
  });
  await schedules.reconcileAll();
  for (const id of tenants.slice(1)) expect(await isThere(syncId(id, 'visitor'))).toBe(true);
  const shown = await stack.api.get<SyncView>(`/v1/tenants/t_aaa_bad/syncs/visitor`);
  expect(shown).toMatchObject({ nextRunAt: null, scheduleProblem: { code: 'SCHEDULE_REFUSED' } });
  const [alert] = await checkAlerts(stack.services.control, 't_aaa_bad');
  expect(alert).toMatchObject({ type: 'unscheduled', message: shown.scheduleProblem?.message });

  // A run of this tenant's own closes once, though its schedule cannot be set.
  await db.tenant(tenant.id, (tx) =>
    tx
      .updateTable('syncs')
      .set({
        config: JSON.stringify({ ...tenant.configs.visitor, schedule: { ...good.schedule, timeZone: 'Mars/Olympus' } }),
      })
      .where('tenant_id', '=', tenant.id)
      .where('object', '=', 'visitor')
      .execute(),
  );
  const run = await tenant.start('visitor');
  expect((await tenant.ended(run)).state).toBe('succeeded');
  await eventually('the workflow to end', async () => {
    const { status } = await stack.services.client.workflow.getHandle(syncId(tenant.id, 'visitor')).describe();
    return status.name === 'COMPLETED' ? true : undefined;
  });
  expect(await syncView()).toMatchObject({ scheduleProblem: { code: 'SCHEDULE_REFUSED' } });

  // Another time zone, which is what the text asks for.
  await put({ cron: '0 7 * * *', timeZone: 'UTC', jitterMinutes: 0 });
  expect(await syncView()).toMatchObject({ scheduleProblem: null, nextRunAt: expect.any(String) });
  await db.platform(async (tx) => {
    for (const table of ['schedule_faults', 'alert_states', 'alerts', 'syncs'] as const) {
      await tx.deleteFrom(table).where('tenant_id', 'in', tenants).execute();
    }
    await tx.deleteFrom('tenants').where('id', 'in', tenants).execute();
  });
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

test('a schedule that is deleted while it is being described counts as gone', { timeout: 60_000 }, async () => {
  const { client } = stack.services;
  const describeInTime = (handle: ScheduleHandle) => client.withDeadline(Date.now() + 3000, () => handle.describe());
  for (let round = 0; round < 12; round++) {
    const handle = await client.schedule.create(trialOptions(tenant.configs.visitor.schedule, 'nobody'));
    const questions = Array.from({ length: 4 }, () => describeInTime(handle));
    const answers = await Promise.allSettled([...questions, handle.delete(), describeInTime(handle)]);
    // A question that the server leaves open is over at its deadline, and says nothing about the schedule.
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    const unexplained = failures.filter((error) => !isScheduleGone(error) && !isUnanswered(error));
    expect(unexplained).toEqual([]);
  }
});
