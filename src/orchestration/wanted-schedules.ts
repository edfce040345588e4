/** Which schedules there should be, as the database says. */
import type { Database } from '../db/index.ts';
import type { SyncObject } from '../sync/config.ts';
import type { Wanted } from './schedule-options.ts';

/** Of all syncs, or of one. */
export async function wantedSchedules(db: Database, tenantId?: string, object?: SyncObject): Promise<Wanted[]> {
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
}
