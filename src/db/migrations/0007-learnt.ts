/**
 * What a run learns of how much Pendo manages at once. Each time that it finds out can cost five minutes, so it is kept for the
 * steps that follow, and for whoever goes on after a crash. Numbers, and ids of guides and polls; nothing of people.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table runs add column learnt jsonb not null default '{}'`.execute(db);
}
