/**
 * A Temporal Schedule with a cron expression per tenant and object, and where it is wanted one with an interval for the
 * deltas between. The database is what is wanted; the schedules are
 * made to follow: on every change, at boot, and regularly.
 */
import { createHash } from 'node:crypto';
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Schedules } from '../control/ports.ts';
import type { Database } from '../db/index.ts';
import type { SyncConfig, SyncObject } from '../sync/config.ts';
import { searchAttributes, syncId } from './names.ts';

interface Wanted {
  tenantId: string;
  object: SyncObject;
  /** Of the daily run, or of the deltas between. */
  scope: 'full' | 'delta';
  schedule: SyncConfig['schedule'];
  paused: boolean;
}

export function createSchedules(client: Client, db: Database, taskQueue: string): Schedules {
  const wanted = async (tenantId?: string, object?: SyncObject): Promise<Wanted[]> => {
    const rows = await db.platform((tx) =>
      tx
        .selectFrom('syncs')
        .innerJoin('tenants', 'tenants.id', 'syncs.tenant_id')
        .select(['syncs.tenant_id', 'syncs.object', 'syncs.config', 'syncs.state', 'tenants.state as tenant_state'])
        .where('syncs.state', 'in', ['enabled', 'paused'])
        .where('tenants.state', 'in', ['active', 'paused'])
        .$if(tenantId !== undefined, (query) => query.where('syncs.tenant_id', '=', String(tenantId)))
        .$if(object !== undefined, (query) => query.where('syncs.object', '=', object as SyncObject))
        .execute(),
    );
    return rows.flatMap((row) => {
      const { schedule } = row.config;
      const paused = row.state === 'paused' || row.tenant_state === 'paused';
      const daily: Wanted = { tenantId: row.tenant_id, object: row.object, scope: 'full', schedule, paused };
      // A configuration that was stored before there were deltas has none.
      return (schedule.deltaMinutes ?? null) === null ? [daily] : [daily, { ...daily, scope: 'delta' as const }];
    });
  };

  const remove = async (id: string): Promise<void> => {
    try {
      await client.schedule.getHandle(id).delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  };

  const apply = async (want: Wanted): Promise<void> => {
    const id = scheduleId(want);
    const options = optionsOf(want, taskQueue);
    for (let tries = 1; ; tries++) {
      try {
        await client.schedule.create(options);
        return;
      } catch (error) {
        // After some rounds it is no race with another process that makes the same one.
        if (!(error instanceof ScheduleAlreadyRunning) || tries > 3) throw error;
      }
      if (await isAsWanted(want)) return;
      // A memo cannot be updated, and a schedule that is made anew loses nothing that we keep there.
      await remove(id);
    }
  };

  /** Somebody else may be making it, or taking it away, at the same time. */
  const isAsWanted = async (want: Wanted): Promise<boolean> => {
    try {
      const { memo, state } = await client.schedule.getHandle(scheduleId(want)).describe();
      return memo?.spec === fingerprint(want) && state.paused === want.paused;
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return false;
      throw error;
    }
  };

  return {
    async reconcile(tenantId, object) {
      const all = await wanted(tenantId, object);
      for (const scope of ['full', 'delta'] as const) {
        const want = all.find((each) => each.scope === scope);
        if (want === undefined) await remove(scheduleId({ tenantId, object, scope }));
        else await apply(want);
      }
    },
    async reconcileAll() {
      const known = new Map<string, { spec: unknown; paused: boolean }>();
      for await (const schedule of client.schedule.list()) {
        // Those of another installation in the same namespace are not ours to remove.
        if (!schedule.scheduleId.startsWith('sync/') || schedule.memo?.taskQueue !== taskQueue) continue;
        known.set(schedule.scheduleId, { spec: schedule.memo?.spec, paused: schedule.state.paused });
      }
      // Asked for after the list: a sync that was enabled meanwhile must not look like one that is not wanted.
      for (const want of await wanted()) {
        const id = scheduleId(want);
        const there = known.get(id);
        known.delete(id);
        if (there?.spec !== fingerprint(want) || there.paused !== want.paused) await apply(want);
      }
      for (const orphan of known.keys()) await remove(orphan);
    },
  };
}

function scheduleId({ tenantId, object, scope }: Pick<Wanted, 'tenantId' | 'object' | 'scope'>): string {
  return scope === 'full' ? syncId(tenantId, object) : `${syncId(tenantId, object)}/delta`;
}

function fingerprint({ schedule }: Wanted): string {
  return createHash('sha256').update(JSON.stringify(schedule)).digest('hex').slice(0, 16);
}

function optionsOf(want: Wanted, taskQueue: string): ScheduleOptions {
  const { tenantId, object, scope, schedule, paused } = want;
  const daily = scope === 'full';
  return {
    scheduleId: scheduleId(want),
    spec: daily
      ? {
          cronExpressions: [schedule.cron],
          timezone: schedule.timeZone,
          jitter: `${schedule.jitterMinutes}m`,
        }
      : { intervals: [{ every: `${schedule.deltaMinutes}m`, offset: `${phaseOf(want)}m` }] },
    // A delta that was missed is made good by the next one.
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: daily ? '6h' : '1m',
      pauseOnFailure: false,
    },
    state: { paused, ...(paused ? { note: 'paused in Crosswalk' } : {}) },
    memo: { spec: fingerprint(want), taskQueue },
    typedSearchAttributes: [
      { key: searchAttributes.tenant, value: tenantId },
      { key: searchAttributes.object, value: object },
    ],
    action: {
      type: 'startWorkflow',
      workflowType: 'scheduledSync',
      workflowId: `${daily ? 'daily' : 'delta'}/${tenantId}/${object}`,
      taskQueue,
      args: [{ tenantId, object, ...(daily ? {} : { scope }) }],
      workflowExecutionTimeout: '12h',
      staticSummary: `${daily ? 'daily' : 'delta'} start of ${object}`,
    },
  };
}

/** Spreads the tenants over the interval, in whole minutes. */
function phaseOf({ tenantId, object, schedule }: Wanted): number {
  const place = createHash('sha256').update(`${tenantId}/${object}`).digest().readUInt32BE();
  return place % (schedule.deltaMinutes ?? 1);
}
