/**
 * What counts as activity for a Pendo connection. A column of its own: the release before refuses settings that it does not know, and
 * has to be able to take over. Null: stored by that release, which counts all events.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table connections add column activity text`.execute(db);
}
