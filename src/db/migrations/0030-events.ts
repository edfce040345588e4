/**
 * Use of Pendo's items, sent to HubSpot as custom events: docs/semantics.md, section 3.5.
 *
 * - `event_entries`: since when an item is sent, and up to where its days were looked at.
 * - `event_days`: what a run has read, until it is closed.
 * - `event_occurrences`: the ledger. A row is written before its occurrence is sent, and says afterwards what became of it.
 * - `event_months`: how many occurrences were asked for in a month.
 */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

const statements = [
  `create table event_entries (
     tenant_id text not null references tenants,
     object text not null,
     -- HubSpot account that it is sent to: one that is left and comes back goes on where it was.
     portal text not null,
     source text not null,
     item_id text collate "C" not null,
     -- Local dates in the subscription's zone: the first day that is sent, and the day after the last one looked at.
     first_day date not null,
     through date not null,
     primary key (tenant_id, object, portal, source, item_id)
   )`,
  `create table event_days (
     tenant_id text not null references tenants,
     run_id bigint not null references runs on delete cascade,
     pendo_id text collate "C" not null,
     source text not null,
     item_id text collate "C" not null,
     day date not null,
     events double precision not null,
     minutes double precision not null,
     primary key (run_id, pendo_id, source, item_id, day)
   )`,
  `create table event_occurrences (
     tenant_id text not null references tenants,
     object text not null,
     portal text not null,
     pendo_id text collate "C" not null,
     source text not null,
     item_id text collate "C" not null,
     day date not null,
     -- Among the occurrences of this record, item and day: 1, and more for what arrived late.
     no integer not null,
     -- In this order they are sent.
     seq bigint generated always as identity,
     events double precision not null,
     minutes double precision not null,
     -- owed; sending: marked, and no answer yet; lost: to be looked up, for no answer came; sent; refused; skipped: the answer was
     -- lost, and nobody can look it up
     state text not null default 'owed' check (state in ('owed', 'sending', 'lost', 'sent', 'refused', 'skipped')),
     -- The run that has it in hand, or had it last. Null: no run may send it now.
     run_id bigint,
     -- Where it goes to, or went to. Null: the record is not matched.
     hubspot_id bigint,
     -- Of a row whose answer is missing: the record that is matched now, to send it again to.
     next_hubspot_id bigint,
     -- As it was sent: to be known again.
     event_name text,
     uuid text,
     sent_at timestamptz,
     reason jsonb,
     primary key (tenant_id, object, portal, pendo_id, source, item_id, day, no)
   )`,
  `create index event_occurrences_open on event_occurrences (tenant_id, object, portal, seq) where state in ('owed', 'sending', 'lost', 'refused')`,
  `create index event_occurrences_of_run on event_occurrences (run_id, state)`,
  `create index event_occurrences_of_hubspot on event_occurrences (tenant_id, object, hubspot_id)`,
  `create index event_occurrences_by_day on event_occurrences (tenant_id, object, day)`,
  `create table event_months (
     tenant_id text not null references tenants,
     -- YYYY-MM, UTC
     month text not null,
     requested bigint not null default 0,
     primary key (tenant_id, month)
   )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  for (const table of ['event_entries', 'event_days', 'event_occurrences', 'event_months']) await wallOff(db, table);
}
