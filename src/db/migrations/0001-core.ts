/**
 * Tenants, syncs, runs, the mirror, and the evidence. Row-level security is the second wall between tenants:
 * the application works as `crosswalk_app`, which owns nothing, and sees a row only when `crosswalk.tenant` names
 * its tenant, or when `crosswalk.platform` is on (schedulers, sweepers, and keys that are bound to no tenant).
 */
import { type Kysely, sql } from 'kysely';

const statements = [
  `do $$ begin
     if not exists (select from pg_roles where rolname = 'crosswalk_app') then
       create role crosswalk_app nologin;
     end if;
   exception when duplicate_object or unique_violation then null;
   end $$`,
  `do $$ begin execute format('grant crosswalk_app to %I', current_user); end $$`,

  `create table tenants (
     id text primary key,
     external_id text unique,
     name text not null,
     state text not null default 'active' check (state in ('active', 'paused', 'disabled', 'deleted')),
     -- Raised by delete, forget and disconnect: a run that opened under another epoch delivers nothing more.
     epoch integer not null default 1,
     settings jsonb not null default '{}',
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now()
   )`,

  `create table connections (
     tenant_id text not null references tenants,
     vendor text not null check (vendor in ('hubspot', 'pendo')),
     kind text not null check (kind in ('oauth', 'token', 'key')),
     settings jsonb not null default '{}',
     -- What the vendor said this is: portal id and name, subscription, granted scopes.
     identity jsonb not null default '{}',
     state text not null default 'unchecked' check (state in ('unchecked', 'ok', 'reconnect', 'disconnected')),
     reason jsonb,
     checked_at timestamptz,
     updated_at timestamptz not null default now(),
     primary key (tenant_id, vendor)
   )`,

  `create table syncs (
     tenant_id text not null references tenants,
     object text not null check (object in ('visitor', 'account')),
     config jsonb not null,
     version integer not null default 1,
     state text not null default 'draft' check (state in ('draft', 'enabled', 'paused', 'disabled')),
     reason jsonb,
     -- Types of the mapped properties as the last run found them, to notice one that changed.
     known_types jsonb not null default '{}',
     updated_at timestamptz not null default now(),
     primary key (tenant_id, object)
   )`,

  `create table runs (
     id bigint generated always as identity primary key,
     tenant_id text not null references tenants,
     object text not null,
     trigger text not null check (trigger in ('enable', 'daily', 'manual', 'preview', 'retry')),
     dry_run boolean not null default false,
     scope text not null default 'full' check (scope in ('full', 'delta')),
     state text not null default 'queued' check (state in
       ('queued', 'running', 'paused', 'waiting', 'held', 'succeeded', 'degraded', 'failed', 'cancelled')),
     phase text not null default 'open',
     reason jsonb,
     waiting_until timestamptz,
     pause_requested boolean not null default false,
     cancel_requested boolean not null default false,
     approved jsonb not null default '[]',
     epoch integer not null,
     config jsonb not null,
     config_version integer not null,
     plan jsonb,
     as_of timestamptz,
     zone text,
     read_round integer not null default 1,
     -- When this round of reading began; older than the setting at delivery, both sides are read again.
     read_at timestamptz,
     -- Fields that a vendor refused for the whole run: [{ leg, field, code, message }].
     dropped jsonb not null default '[]',
     settled_at timestamptz,
     held jsonb not null default '[]',
     progress jsonb not null default '{}',
     counts jsonb not null default '{}',
     preview jsonb,
     calls jsonb not null default '{}',
     requested_by text,
     queued_at timestamptz not null default now(),
     opened_at timestamptz,
     closed_at timestamptz
   )`,
  // One run at a time per tenant and object. A held run does not block: the next start closes it.
  `create unique index runs_one_active on runs (tenant_id, object)
     where state in ('queued', 'running', 'paused', 'waiting')`,
  `create index runs_listed on runs (tenant_id, object, id desc)`,
  `create index runs_queued on runs (queued_at) where state = 'queued'`,

  // Every attempt of a step takes the next number, and writes only while it still holds it.
  `create table run_fences (
     tenant_id text not null,
     run_id bigint not null references runs on delete cascade,
     step text not null,
     fence integer not null,
     primary key (run_id, step)
   )`,

  // A first run updates each row a few times (values taken, outcome): with room on its page that touches no index.
  `create table hubspot_records (
     tenant_id text not null,
     object text not null,
     id bigint not null,
     key_state text not null,
     match_key text collate "C",
     fold_key text collate "C",
     aliases text[] collate "C",
     gives jsonb not null,
     holds jsonb not null,
     gives_digest bytea not null,
     holds_digest bytea not null,
     standing text,
     standing_reason jsonb,
     standing_run bigint,
     primary key (tenant_id, object, id)
   ) with (fillfactor = 60)`,
  `create index hubspot_records_key on hubspot_records (tenant_id, object, match_key)`,

  `create table pendo_records (
     tenant_id text not null,
     object text not null,
     id text collate "C" not null,
     -- An id that PostgreSQL cannot hold stands under a name of ours, outside the order of the others.
     odd boolean not null default false,
     key_state text not null,
     match_key text collate "C",
     fold_key text collate "C",
     gives jsonb not null,
     holds jsonb not null,
     gives_digest bytea not null,
     holds_digest bytea not null,
     standing text,
     standing_reason jsonb,
     standing_run bigint,
     primary key (tenant_id, object, id)
   ) with (fillfactor = 60)`,
  `create index pendo_records_key on pendo_records (tenant_id, object, match_key)`,

  // Progress of the reads of one run, so that another worker carries on where one died.
  `create table read_ranges (
     tenant_id text not null,
     run_id bigint not null references runs on delete cascade,
     side text not null,
     no integer not null,
     -- JSON text: a border may hold what a text column cannot.
     lo text not null,
     hi text,
     cursor text not null,
     done boolean not null default false,
     records bigint not null default 0,
     excluded bigint not null default 0,
     pages integer not null default 0,
     -- The vendor's order is not ours: what is gone is told by seen_ids, at the end.
     by_seen boolean not null default false,
     primary key (run_id, side, no)
   )`,

  // Only for accounts: visitors counted per account, and visitors that take part in nothing, as this run read them.
  `create unlogged table account_tallies (
     tenant_id text not null,
     run_id bigint not null,
     account_id text collate "C" not null,
     visitors bigint not null,
     primary key (run_id, account_id)
   )`,
  `create unlogged table excluded_visitors (
     tenant_id text not null,
     run_id bigint not null,
     visitor_id text collate "C" not null,
     primary key (run_id, visitor_id)
   )`,
  // Ids seen by a scan whose order is not ours, so that what is gone can be told at its end.
  `create unlogged table seen_ids (
     tenant_id text not null,
     run_id bigint not null,
     id text collate "C" not null,
     primary key (run_id, id)
   )`,

  // What Crosswalk wrote and the vendor took: field -> { v: canonical value, at: epoch ms, c: read back since }.
  `create table sent_values (
     tenant_id text not null,
     object text not null,
     leg text not null,
     hubspot_id bigint not null,
     pendo_id text collate "C" not null,
     fields jsonb not null,
     primary key (tenant_id, object, leg, hubspot_id, pendo_id)
   ) with (fillfactor = 60)`,

  // What a run found owed, and what became of it. Also the old and new values of the evidence.
  `create table deliveries (
     tenant_id text not null,
     run_id bigint not null references runs on delete cascade,
     leg text not null,
     seq bigint not null,
     kind text not null check (kind in ('update', 'create', 'clear')),
     hubspot_id bigint,
     pendo_id text collate "C",
     -- field -> [held, wanted]
     changes jsonb not null,
     state text not null default 'owed' check (state in ('owed', 'accepted', 'rejected')),
     reason jsonb,
     primary key (run_id, leg, seq)
   )`,
  `create index deliveries_open on deliveries (run_id, leg, seq) where state = 'owed'`,
  `create index deliveries_of_hubspot on deliveries (tenant_id, hubspot_id)`,
  `create index deliveries_of_pendo on deliveries (tenant_id, pendo_id)`,

  // Outcomes as transitions: a record's outcome in a run is its newest row up to that run
  // ('written' counts for its own run only, and is 'unchanged' after it).
  `create table outcomes (
     tenant_id text not null,
     object text not null,
     leg text not null,
     giver_id text collate "C" not null,
     run_id bigint not null,
     outcome text not null,
     partner_id text collate "C",
     reason jsonb,
     primary key (tenant_id, object, leg, giver_id, run_id)
   )`,
  `create index outcomes_by_run on outcomes (tenant_id, object, leg, outcome, run_id)`,

  // Forgotten people, as keyed hashes only.
  `create table suppressions (
     tenant_id text not null,
     object text not null,
     hash bytea not null,
     created_at timestamptz not null default now(),
     primary key (tenant_id, object, hash)
   )`,
];

const tenantTables = [
  'connections',
  'syncs',
  'runs',
  'run_fences',
  'hubspot_records',
  'pendo_records',
  'read_ranges',
  'account_tallies',
  'excluded_visitors',
  'seen_ids',
  'sent_values',
  'deliveries',
  'outcomes',
  'suppressions',
];

/** Puts a table behind the tenant wall. Later migrations call it for theirs. */
export async function wallOff(db: Kysely<unknown>, table: string, column = 'tenant_id'): Promise<void> {
  await sql
    .raw(`alter table ${table} enable row level security, force row level security;
          create policy tenant_wall on ${table} to crosswalk_app
            -- as sub-selects, so that they are evaluated once a statement and not once a row
            using (${column} = (select current_setting('crosswalk.tenant', true))
                   or (select current_setting('crosswalk.platform', true)) = 'on');
          grant select, insert, update, delete on ${table} to crosswalk_app`)
    .execute(db);
}

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  await sql.raw('grant usage on schema public to crosswalk_app').execute(db);
  await wallOff(db, 'tenants', 'id');
  for (const table of tenantTables) await wallOff(db, table);
}
