/**
 * A page and a batch find their rows by id. While a first run fills the mirror, the planner believes that a tenant has one
 * row, and then any index that begins with the tenant is as good to it as the primary key: it walked through the whole
 * mirror for every batch. The index of the keys now begins with the key, and is of no use for anything else.
 *
 * What is still owed is found through the primary key, as what was settled is skipped once a step; without an index on
 * their state, deliveries change it in place.
 *
 * Takes away nothing that the release before needs: its queries find the same rows by other ways. All three tables are locked
 * first and in the order in which deliveries take them, so that giving way costs no index that was built already.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`lock table deliveries, hubspot_records, pendo_records in access exclusive mode`.execute(db);
  for (const side of ['hubspot', 'pendo']) {
    const index = sql.raw(`${side}_records_key`);
    await sql`drop index ${index}`.execute(db);
    await sql`create index ${index} on ${sql.table(`${side}_records`)} (match_key, tenant_id, object)`.execute(db);
  }
  await sql`drop index deliveries_open`.execute(db);
  await sql`alter table deliveries set (fillfactor = 80)`.execute(db);
}
