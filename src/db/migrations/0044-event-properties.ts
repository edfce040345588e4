/**
 * Chosen properties of track events, as `[name, value]` each: docs/semantics.md, section 3.5. In the ledger until the row is sent or
 * skipped.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table event_days add column properties jsonb`.execute(db);
  await sql`alter table event_occurrences add column properties jsonb`.execute(db);
}
