/** What a connected account answered to the questions of `src/assumptions`. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // { <id of the assumption>: { state, evidence, at } }
  await sql`alter table connections add column answers jsonb not null default '{}'`.execute(db);
}
