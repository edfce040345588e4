/**
 * What was sent is remembered of the target, whoever the source was, and no longer of the pair. The table keeps its key, for
 * the release before goes on writing rows of pairs beside this one; there is one row for each target as soon as a run of this
 * version has settled.
 *
 * - `gone_run`: the run that read that the target is gone. When that run has ended well, the memory goes too.
 * - `connections.marks`: by what a Pendo subscription is known again, as hashes of ids of its guides, pages and so on. Null:
 *   never asked.
 *
 * Tables are locked in the order in which transactions take them, so that giving way costs no index that was built already.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`lock table connections, sent_values in access exclusive mode`.execute(db);
  await sql`alter table connections add column marks jsonb`.execute(db);
  await sql`alter table sent_values add column gone_run bigint`.execute(db);
  // HubSpot's targets are found by the primary key. The id stands first, as in the index of keys (0005).
  await sql`create index sent_values_of_pendo on sent_values (pendo_id, tenant_id, object) where leg = 'pull'`.execute(
    db,
  );
  await sql`create index sent_values_gone on sent_values (tenant_id, object) where gone_run is not null`.execute(db);
}
