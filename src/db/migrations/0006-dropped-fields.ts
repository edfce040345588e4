/**
 * An accepted row may have been sent without a field that the vendor refused for the whole run. What was accepted stays in
 * `changes`; what was left out stands here, in the same form (field -> [held, wanted]). Null: nothing was.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table deliveries add column dropped jsonb`.execute(db);
}
