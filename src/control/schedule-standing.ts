/** When a sync starts next by itself, as Temporal has it, and what keeps its schedule from being as it should. */
import type { Reason } from '../db/schema.ts';
import { isOn } from './config-check.ts';
import type { Control } from './control.ts';
import type { Sync } from './runs.ts';

export interface ScheduleStanding {
  /** Of the next full run; null: none is going to start by itself. */
  next: Date | null;
  nextDelta: Date | null;
  problem: Reason | null;
}

const nothing: ScheduleStanding = { next: null, nextDelta: null, problem: null };

export async function scheduleStanding(control: Control, sync: Sync): Promise<ScheduleStanding> {
  if (!isOn(sync)) return nothing;
  const { tenant_id: tenantId, object } = sync;
  const fault = await control.db.tenant(tenantId, (tx) =>
    tx
      .selectFrom('schedule_faults')
      .select('reason')
      .where('tenant_id', '=', tenantId)
      .where('object', '=', object)
      .executeTakeFirst(),
  );
  const problem = fault?.reason ?? null;
  try {
    const { full, delta } = await control.schedules.next(tenantId, object);
    return { next: full, nextDelta: delta, problem };
  } catch (error) {
    control.log.warn({ err: error, tenantId, object }, 'Temporal could not be asked for the next start');
    const unknown = {
      code: 'SCHEDULE_UNKNOWN',
      message: 'Temporal does not answer, so it is not known when the sync starts next.',
      fix: 'Try again in a moment. If this stays, see whether Temporal is up.',
    };
    return { ...nothing, problem: problem ?? unknown };
  }
}
