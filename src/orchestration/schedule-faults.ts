/** Which syncs have a schedule in Temporal that is not as their configuration says, and why: for the API and for alerts. */
import type { Database } from '../db/index.ts';
import type { Reason } from '../db/schema.ts';
import type { SyncConfig, SyncObject } from '../sync/config.ts';
import type { SyncRef } from '../sync/refs.ts';
import { isRefusal } from './temporal-errors.ts';

/** By `<tenant>/<object>`. */
export async function listFaults(db: Database): Promise<Map<string, SyncRef>> {
  const rows = await db.platform((tx) => tx.selectFrom('schedule_faults').select(['tenant_id', 'object']).execute());
  return new Map(
    rows.map((row) => [`${row.tenant_id}/${row.object}`, { tenantId: row.tenant_id, object: row.object }]),
  );
}

/** The first time counts as `since`, for as long as it does not work. */
export async function noteFault(
  db: Database,
  tenantId: string,
  object: SyncObject,
  schedule: SyncConfig['schedule'] | undefined,
  error: unknown,
): Promise<void> {
  const reason = JSON.stringify(reasonOf(schedule, error));
  await db.tenant(tenantId, (tx) =>
    tx
      .insertInto('schedule_faults')
      .values({ tenant_id: tenantId, object, reason })
      .onConflict((on) => on.columns(['tenant_id', 'object']).doUpdateSet({ reason }))
      .execute(),
  );
}

export async function clearFault(db: Database, tenantId: string, object: SyncObject): Promise<void> {
  await db.tenant(tenantId, (tx) =>
    tx.deleteFrom('schedule_faults').where('tenant_id', '=', tenantId).where('object', '=', object).execute(),
  );
}

function reasonOf(schedule: SyncConfig['schedule'] | undefined, error: unknown): Reason {
  if (schedule !== undefined && isRefusal(error)) {
    return {
      code: 'SCHEDULE_REFUSED',
      message: `Temporal does not accept the schedule "${schedule.cron}" in the time zone "${schedule.timeZone}", so it starts no runs.`,
      fix: 'Set another schedule.cron or schedule.timeZone. Runs can be started by hand meanwhile.',
    };
  }
  return {
    code: 'SCHEDULE_NOT_SET',
    message: 'The schedule could not be set in Temporal, so runs may not start, or may start at the times set before.',
    fix: 'Wait: it is tried again every ten minutes. If this stays, see the log of the worker, and whether Temporal is up.',
  };
}
