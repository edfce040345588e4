/**
 * A Temporal Schedule with a cron expression per tenant and object, and where it is wanted one with an interval for the
 * deltas between. The database is what is wanted; the schedules are made to follow: on every change, at boot, and regularly.
 */
import type { Client } from '@temporalio/client';
import type { Schedules } from '../control/ports.ts';
import type { Database } from '../db/index.ts';
import { clearFault, listFaults, noteFault } from './schedule-faults.ts';
import { noteGaps } from './schedule-gaps.ts';
import { scheduleFingerprint, scheduleId, trialOptions, type Wanted } from './schedule-options.ts';
import { isRefusal } from './temporal-errors.ts';
import { createTemporalSchedules } from './temporal-schedules.ts';
import { wantedSchedules } from './wanted-schedules.ts';

/** Faults that say nothing about the schedule, one after the other: it is Temporal that is away, or the database. */
const faultsInARow = 5;
/** A trial that is older was left by a process that died. */
const trialLifeMs = 10 * 60_000;

const scopes = ['full', 'delta'] as const;

interface Known {
  spec: unknown;
  paused: boolean;
}

export function createSchedules(client: Client, db: Database, taskQueue: string): Schedules {
  const { soon, remove, apply, nextOf } = createTemporalSchedules(client, taskQueue);

  return {
    async reconcile(tenantId, object) {
      const all = await wantedSchedules(db, tenantId, object);
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
      const known = await listKnown(client, taskQueue, remove);
      // Asked for after the list: a sync that was enabled meanwhile must not look like one that is not wanted.
      const all = await wantedSchedules(db);
      const wantedIds = new Set(all.map(scheduleId));
      await noteGaps(db);
      await applyAll(db, apply, all, known, faults);
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
        const [full, delta] = await Promise.all(scopes.map((scope) => nextOf({ tenantId, object, scope })));
        return { full: full ?? null, delta: delta ?? null };
      });
    },
  };
}

/** The schedules of this installation; trials that were left behind are removed on the way. */
async function listKnown(
  client: Client,
  taskQueue: string,
  remove: (id: string) => Promise<void>,
): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  for await (const schedule of client.schedule.list()) {
    const { scheduleId: id, memo } = schedule;
    // Those of another installation in the same namespace are not ours to remove.
    if (memo?.taskQueue !== taskQueue) continue;
    if (id.startsWith('sync/')) known.set(id, { spec: memo.spec, paused: schedule.state.paused });
    else if (id.startsWith('trial/') && Number(memo.at) < Date.now() - trialLifeMs) await remove(id);
  }
  return known;
}

/** Sync by sync: a schedule that Temporal refuses is noted, and keeps no other from being made. */
async function applyAll(
  db: Database,
  apply: (want: Wanted) => Promise<void>,
  all: readonly Wanted[],
  known: ReadonlyMap<string, Known>,
  faults: Awaited<ReturnType<typeof listFaults>>,
): Promise<void> {
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
}
