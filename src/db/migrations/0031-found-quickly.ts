/**
 * What the console asks for with large tables: records that look like a text, and runs of all tenants by state or trigger.
 *
 * Most keys are their own folded and loose forms, and have no additional addresses: only the others are in the indexes. As in
 * 0005, an index of keys begins with the key, so that no page's merge takes it for a way to its rows.
 *
 * Takes away nothing. The three tables are locked first, in the order in which deliveries and reads take them, so that giving way
 * costs no index that was built already.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`lock table runs, hubspot_records, pendo_records in share mode`.execute(db);
  await sql`create index runs_by_state on runs (state, id desc)`.execute(db);
  await sql`create index runs_by_trigger on runs (trigger, id desc) where trigger <> 'daily'`.execute(db);
  for (const side of ['hubspot', 'pendo']) {
    const [table, folded, loose] = [`${side}_records`, `${side}_records_folded`, `${side}_records_loose`].map(sql.raw);
    await sql`create index ${folded} on ${table} (fold_key, tenant_id, object) where fold_key is distinct from match_key`.execute(
      db,
    );
    await sql`create index ${loose} on ${table} (loose_key, tenant_id, object) where loose_key is not null`.execute(db);
  }
  await sql`create index hubspot_records_aliased on hubspot_records (tenant_id, object) where cardinality(aliases) > 0`.execute(
    db,
  );
}
