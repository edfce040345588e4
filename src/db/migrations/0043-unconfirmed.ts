/**
 * `sent_values.unconfirmed`: whether anything in the row was not read back since it was sent. To find that out in every row's document
 * was most of what settling a day without changes cost. The database keeps it, so it is right whichever release writes the row.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table sent_values add column unconfirmed boolean not null
      generated always as (jsonb_path_exists(fields, '$.*.c ? (@ == false)')) stored`.execute(db);
}
