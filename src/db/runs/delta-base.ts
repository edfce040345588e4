/** What a delta run builds on: the last run that read everything it had to, with the mapping and definitions of now. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';

/**
 * When that run opened, or null where only a full read will do: nothing was read yet, or the mapping, a definition or
 * the tenant's ground has changed since, so that the mirror does not hold what this run needs of untouched records.
 * Needs this run's plan.
 */
export async function deltaBase(tx: Tx, runId: string): Promise<Date | null> {
  const { rows } = await sql<{ as_of: Date; same: boolean }>`
    select b.as_of, b.epoch = r.epoch and b.config_version = r.config_version
           and b.plan - 'create' = r.plan - 'create'
           and r.plan -> 'create' = '{"pendo": [], "hubspot": []}' as same
    from runs r
    join runs b on b.tenant_id = r.tenant_id and b.object = r.object and b.id < r.id
    where r.id = ${runId}::bigint and b.settled_at is not null and not b.dry_run
    order by b.id desc limit 1`.execute(tx);
  return rows[0]?.same ? rows[0].as_of : null;
}

/** A delta that has nothing to build on reads everything. */
export async function makeFull(tx: Tx, runId: string): Promise<void> {
  await tx.updateTable('runs').set({ scope: 'full' }).where('id', '=', runId).execute();
}
