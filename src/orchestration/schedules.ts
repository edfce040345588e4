/**
 * A Temporal Schedule with a cron expression per tenant and object, and where it is wanted one with an interval for the
 * deltas between. The database is what is wanted; the schedules are made to follow: on every change, at boot, and regularly.
 */
import { type Client, ScheduleAlreadyRunning, type ScheduleDescription } from '@temporalio/client';
import type { Schedules } from '../control/ports.ts';
import type { Database } from '../db/index.ts';
import type { SyncObject } from '../sync/config.ts';
import { clearFault, listFaults, noteFault } from './schedule-faults.ts';
import { noteGaps } from './schedule-gaps.ts';
import { optionsOf, scheduleFingerprint, scheduleId, trialOptions, type Wanted } from './schedule-options.ts';
import { isRefusal, isScheduleGone, isUnanswered } from './temporal-errors.ts';

/** A question that a person waits for. */
const answerWithinMs = 3000;
/** Faults that say nothing about the schedule, one after the other: it is Temporal that is away, or the database. */
const faultsInARow = 5;
/** A trial that is older was left by a process that died. */
const trialLifeMs = 10 * 60_000;

const scopes = ['full', 'delta'] as const;

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

  const soon = <T>(work: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + answerWithinMs, work);

  const remove = async (id: string): Promise<void> => {
    try {
      await client.schedule.getHandle(id).delete();
    } catch (error) {
      if (!isScheduleGone(error)) throw error;
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

  /** Temporal leaves a question open, until its deadline, that meets a schedule which is just being deleted: ask again. */
  const describe = async (id: string): Promise<ScheduleDescription> => {
    for (let tries = 1; ; tries++) {
      try {
        return await soon(() => client.schedule.getHandle(id).describe());
      } catch (error) {
        if (!isUnanswered(error) || tries === 3) throw error;
      }
    }
  };

  /** Somebody else may be making it, or taking it away, at the same time. */
  const isAsWanted = async (want: Wanted): Promise<boolean> => {
    try {
      const { memo, state } = await describe(scheduleId(want));
      return memo?.spec === scheduleFingerprint(want) && state.paused === want.paused;
    } catch (error) {
      if (isScheduleGone(error)) return false;
      throw error;
    }
  };

  const nextOf = async (tenantId: string, object: SyncObject, scope: Wanted['scope']): Promise<Date | null> => {
    try {
      const { info, state } = await client.schedule.getHandle(scheduleId({ tenantId, object, scope })).describe();
      return state.paused ? null : (info.nextActionTimes[0] ?? null);
    } catch (error) {
      if (isScheduleGone(error)) return null;
      throw error;
    }
  };

  return {
    async reconcile(tenantId, object) {
      const all = await wanted(tenantId, object);
      try {
        for (const scope of scopes) {
          const want = all.find((each) => each.scope === scope);
          if (want === undefined) await remove(scheduleId({ tenantId, object, scope }));
          else await apply(want);
        }
      } catch (error) {
        await noteFault(db, tenantId, object, all[0]?.schedule, error);
        throw error;
      }
      await clearFault(db, tenantId, object);
    },

    async reconcileAll() {
      const faults = await listFaults(db);
      const known = new Map<string, { spec: unknown; paused: boolean }>();
      for await (const schedule of client.schedule.list()) {
        const { scheduleId: id, memo } = schedule;
        // Those of another installation in the same namespace are not ours to remove.
        if (memo?.taskQueue !== taskQueue) continue;
        if (id.startsWith('sync/')) known.set(id, { spec: memo.spec, paused: schedule.state.paused });
        else if (id.startsWith('trial/') && Number(memo.at) < Date.now() - trialLifeMs) await remove(id);
      }
      // Asked for after the list: a sync that was enabled meanwhile must not look like one that is not wanted.
      const all = await wanted();
      const wantedIds = new Set(all.map(scheduleId));
      await noteGaps(db);
      let inARow = 0;
      for (const [sync, wants] of Map.groupBy(all, ({ tenantId, object }) => `${tenantId}/${object}`)) {
        const { tenantId, object, schedule } = wants[0]!;
        try {
          for (const want of wants) {
            const there = known.get(scheduleId(want));
            if (there?.spec !== scheduleFingerprint(want) || there.paused !== want.paused) await apply(want);
          }
          if (faults.has(sync)) await clearFault(db, tenantId, object);
          inARow = 0;
        } catch (error) {
          await noteFault(db, tenantId, object, schedule, error);
          inARow = isRefusal(error) ? 0 : inARow + 1;
          if (inARow >= faultsInARow) throw error;
        }
      }
      for (const id of known.keys()) if (!wantedIds.has(id)) await remove(id);
      for (const [sync, { tenantId, object }] of faults) {
        if (!wantedIds.has(`sync/${sync}`)) await clearFault(db, tenantId, object);
      }
    },

    async tryOut(schedule) {
      return soon(async () => {
        const options = trialOptions(schedule, taskQueue);
        try {
          const handle = await client.schedule.create(options);
          const { info } = await handle.describe();
          await remove(options.scheduleId);
          return { accepted: true, next: info.nextActionTimes };
        } catch (error) {
          if (isRefusal(error)) return { accepted: false };
          throw error;
        }
      });
    },

    async next(tenantId, object) {
      return soon(async () => {
        const [full, delta] = await Promise.all(scopes.map((scope) => nextOf(tenantId, object, scope)));
        return { full: full ?? null, delta: delta ?? null };
      });
    },
  };
}
