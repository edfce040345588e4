/** How often runs may be started. The schedule's own are never refused for what others started. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { Trigger } from '../../db/schema.ts';
import type { SyncRef } from '../../sync/refs.ts';
import type { Control } from '../control.ts';
import type { ControlError } from '../errors.ts';
import { dayMs, quotaMet } from '../quota.ts';

const hourMs = 3_600_000;

/** @throws `RUN_QUOTA` */
export async function requireRoomForRun(
  tx: Tx,
  { quotas }: Pick<Control, 'quotas'>,
  request: SyncRef & { trigger: Trigger; scope?: 'full' | 'delta' | undefined },
): Promise<void> {
  const { tenantId, object, trigger, scope } = request;
  const { runsPerHour, fullRunsPerDay } = quotas ?? {};
  if (trigger !== 'daily' && runsPerHour !== undefined) {
    const ofSync = sql`tenant_id = ${tenantId} and object = ${object} and trigger <> 'daily'`;
    const free = await freeAt(tx, sql`${ofSync} and queued_at > now() - interval '1 hour'`, runsPerHour, hourMs);
    if (free !== undefined)
      throw tooOften(`This sync was started ${runsPerHour} times within the hour`, runsPerHour, free);
  }
  // A full run of the schedule is not refused. A delta of it is where it would be one full run more: while nothing stands that it
  // could build on, each delta reads everything.
  if (fullRunsPerDay === undefined || (trigger === 'daily' && scope !== 'delta')) return;
  const same = trigger === 'daily' ? sql`trigger = 'daily'` : sql`trigger <> 'daily'`;
  const which = sql`tenant_id = ${tenantId} and scope = 'full' and ${same} and queued_at > now() - interval '1 day'`;
  const free = await freeAt(tx, which, fullRunsPerDay, dayMs);
  if (free === undefined) return;
  throw tooOften(`This tenant had ${fullRunsPerDay} runs that read everything within 24 hours`, fullRunsPerDay, free);
}

/** @returns when one of `most` runs is old enough; undefined where there is room. */
async function freeAt(tx: Tx, which: ReturnType<typeof sql>, most: number, spanMs: number): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date }>`
    select queued_at as at from runs where ${which} order by queued_at desc offset ${most - 1} limit 1`.execute(tx);
  return rows[0] && new Date(rows[0].at.getTime() + spanMs);
}

function tooOften(what: string, limit: number, free: Date): ControlError {
  return quotaMet(
    {
      code: 'RUN_QUOTA',
      message: `${what}, and may have no more.`,
      fix: 'Wait; the schedule goes on. The operator can raise CROSSWALK_RUNS_PER_HOUR and CROSSWALK_FULL_RUNS_PER_DAY.',
      limit,
      freeAt: free,
    },
    Date.now(),
  );
}
