/**
 * Runs are kept for so many days, and longer where something still refers to them: evidence (a record stands as it does since a
 * run, however long ago), what later runs build on, and how the sync is known to stand. What a run kept while it read, and its
 * fences, go with its close; here goes what was left of those that a crash or an earlier version closed.
 */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { readTables } from '../../db/runs/index.ts';
import { syncObjects } from '../../sync/config.ts';
import type { Control } from '../control.ts';
import { forEachTenant } from '../maintenance/each-tenant.ts';

/** Deleted together: each is looked for in the tables that refer to runs. */
const runsAtOnce = 5000;

/** Tenant by tenant. Call it about once a day; any number of processes may. @returns how many runs were deleted */
export async function pruneRuns(control: Pick<Control, 'db' | 'clock'>, days: number): Promise<number> {
  const before = new Date(control.clock() - days * 86_400_000);
  let pruned = 0;
  await control.db.platform(dropLeftovers);
  await forEachTenant(control, async (id) => {
    for (const object of syncObjects) {
      for (let deleted = runsAtOnce; deleted === runsAtOnce; pruned += deleted) {
        deleted = await control.db.tenant(id, (tx) => deleteRuns(tx, id, object, before));
      }
    }
  });
  return pruned;
}

async function dropLeftovers(tx: Tx): Promise<void> {
  for (const table of [...readTables, 'run_fences'] as const) {
    await sql`
      delete from ${sql.table(table)} x
      where not exists (select from runs r where r.id = x.run_id and r.closed_at is null)`.execute(tx);
  }
}

async function deleteRuns(tx: Tx, tenantId: string, object: string, before: Date): Promise<number> {
  const ofSync = sql`tenant_id = ${tenantId} and object = ${object}`;
  const newest = (which: ReturnType<typeof sql>) => sql`(select max(id) from runs where ${ofSync} and ${which})`;
  const done = await sql`
    with kept as (
      select distinct run_id as id from outcomes where ${ofSync}
      union select distinct d.run_id from deliveries d where d.tenant_id = ${tenantId}
      union select unnest(array[
        ${newest(sql`true`)},
        ${newest(sql`scope <> 'record' and not dry_run`)},
        ${newest(sql`scope <> 'record' and not dry_run and state in ('succeeded', 'degraded')`)},
        ${newest(sql`not dry_run and state in ('succeeded', 'degraded') and scope = 'full'`)},
        ${newest(sql`scope <> 'record' and not dry_run and state in ('succeeded', 'degraded', 'failed')`)},
        ${newest(sql`scope = 'full' and plan is not null`)},
        ${newest(sql`scope = 'full' and not dry_run`)},
        ${newest(sql`scope <> 'record' and settled_at is not null`)}])
    )
    delete from runs where id in (
      select id from runs r
      where ${ofSync} and closed_at < ${before} and not exists (select from kept k where k.id = r.id)
      order by id limit ${runsAtOnce})`.execute(tx);
  return Number(done.numAffectedRows ?? 0n);
}
