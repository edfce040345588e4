/** How far the deployment's own audit chain was sent to the operator's webhook. */
import { type Kysely, sql } from 'kysely';

const statements = [
  // One row for each address, by its hash: another receiver begins anew.
  `create table audit_feeds (
     receiver bytea primary key,
     sent_seq bigint not null,
     -- Without success since the last one.
     attempts integer not null default 0,
     next_attempt_at timestamptz not null default now()
   )`,
  'alter table audit_feeds enable row level security',
  'alter table audit_feeds force row level security',
  `create policy platform_only on audit_feeds to crosswalk_app
     using ((select current_setting('crosswalk.platform', true)) = 'on')`,
  'grant select, insert, update on audit_feeds to crosswalk_app',
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
