/**
 * What a read has counted or seen so far must survive a crash of the server, as its cursor does: an unlogged table comes
 * back empty, and the run would go on behind the cursor with figures that miss what lies before it.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['account_tallies', 'excluded_visitors', 'seen_ids']) {
    await sql`alter table ${sql.table(table)} set logged`.execute(db);
  }
}
