/** The control plane's tables: secrets, API keys, the audit trail, OAuth hand-overs and alerts. */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

const statements = [
  // One data key per tenant in use at a time; older ones stay until nothing is sealed with them.
  `create table data_keys (
     tenant_id text not null references tenants,
     id text not null,
     -- The key-encryption key that wraps it, by its id.
     kek_id text not null,
     wrapped bytea not null,
     created_at timestamptz not null default now(),
     primary key (tenant_id, id)
   )`,
  `create table secrets (
     tenant_id text not null,
     name text not null,
     key_id text not null,
     sealed bytea not null,
     updated_at timestamptz not null default now(),
     primary key (tenant_id, name),
     foreign key (tenant_id, key_id) references data_keys
   )`,

  // A key of no tenant is the platform's: it is invisible from inside a tenant's transaction.
  `create table api_keys (
     id text primary key,
     tenant_id text references tenants,
     name text not null,
     hash bytea not null unique,
     -- The first characters, so that a person can tell keys apart.
     prefix text not null,
     scopes text[] not null,
     created_by text not null,
     created_at timestamptz not null default now(),
     expires_at timestamptz,
     last_used_at timestamptz,
     revoked_at timestamptz
   )`,
  `create index api_keys_of_tenant on api_keys (tenant_id)`,

  `create table audit (
     id bigint generated always as identity primary key,
     at timestamptz not null default now(),
     tenant_id text,
     actor text not null,
     action text not null,
     subject text not null,
     before jsonb,
     after jsonb,
     request_id text
   )`,
  `create index audit_of_tenant on audit (tenant_id, id desc)`,

  // A login on its way: from the start to the callback, and from there to the confirmation. Used once.
  `create table oauth_states (
     hash bytea primary key,
     tenant_id text not null references tenants,
     caller text not null,
     stage text not null check (stage in ('start', 'confirm')),
     -- Binds the hand-over to the browser that began it.
     browser bytea,
     scopes text[] not null,
     optional_scopes text[] not null default '{}',
     allow_swap boolean not null default false,
     expected_portal text,
     identity jsonb not null default '{}',
     -- Name of the secret that belongs to it: the PKCE verifier, or the tokens that wait for confirmation.
     secret text not null,
     expires_at timestamptz not null
   )`,

  `create table alert_targets (
     tenant_id text primary key references tenants,
     url text,
     enabled boolean not null default true,
     -- Alert when a sync that is enabled has not succeeded for so many hours.
     quiet_hours integer not null default 36,
     updated_at timestamptz not null default now()
   )`,
  // What each sync was last known as, so that only a change is told.
  `create table alert_states (
     tenant_id text not null references tenants,
     object text not null,
     state text not null,
     since timestamptz not null,
     run_id bigint,
     primary key (tenant_id, object)
   )`,
  `create table alerts (
     id text primary key,
     tenant_id text not null references tenants,
     object text not null,
     kind text not null,
     body jsonb not null,
     created_at timestamptz not null default now(),
     attempts integer not null default 0,
     next_attempt_at timestamptz,
     delivered_at timestamptz,
     last_error text
   )`,
  `create index alerts_of_tenant on alerts (tenant_id, created_at desc)`,
  `create index alerts_due on alerts (next_attempt_at) where delivered_at is null and next_attempt_at is not null`,
];

const tenantTables = ['data_keys', 'secrets', 'api_keys', 'oauth_states', 'alert_targets', 'alert_states', 'alerts'];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  for (const table of tenantTables) await wallOff(db, table);
  await wallOff(db, 'audit');
  // Append-only: the application can neither change nor remove what was said.
  await sql.raw('revoke update, delete on audit from crosswalk_app').execute(db);
}
