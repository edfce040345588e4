/** What a record would be in a run if what is owed to it turns out not to be writable; and lists that are read by their own links. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // { outcome, fields }; only where a value is to be cleared and other fields of the record have an outcome of their own.
  await sql`alter table deliveries add column otherwise jsonb`.execute(db);
  // A vendor's own mark of the next page, where it takes no id for it.
  await sql`alter table read_ranges add column link text`.execute(db);
}
