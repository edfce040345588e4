/** Sessions of the console, and the one-time codes that begin one. */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

const statements = [
  // A session has the rights of the key that it was made with, and ends with it.
  `create table sessions (
     id text primary key,
     -- That of its key: null for the installation's.
     tenant_id text references tenants,
     key_id text not null references api_keys on delete cascade,
     hash bytea not null unique,
     -- The browser as it calls itself, so that a person can tell sessions apart.
     agent text not null,
     created_at timestamptz not null,
     seen_at timestamptz not null,
     expires_at timestamptz not null
   )`,
  `create index sessions_of_key on sessions (key_id)`,
  // Printed at a start, and taken from the table when it is used.
  `create table login_codes (
     hash bytea primary key,
     tenant_id text references tenants,
     key_id text not null references api_keys on delete cascade,
     expires_at timestamptz not null
   )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  for (const table of ['sessions', 'login_codes']) await wallOff(db, table);
}
