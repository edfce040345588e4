/** Networks of an API key, a tenant's own retention, whether its security events are sent, and proofs of what was erased. */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

const statements = [
  // Tables in the order in which transactions take them.
  `alter table tenants
     -- Days; null: as the deployment has it.
     add column audit_days integer,
     add column evidence_days integer,
     add column disabled_days integer`,
  // CIDR blocks that the key may be used from. Null: from anywhere.
  `alter table api_keys add column networks text[]`,
  `create index api_keys_made on api_keys (coalesce(tenant_id, ''), created_at desc, id desc)`,
  `create index sessions_made on sessions (created_at desc, id desc)`,
  // Whether the receiver of alerts gets the tenant's audit entries as well, and up to which place in its chain it has them.
  `alter table alert_targets add column audit_from bigint`,
  `create table erasures (
     id bigint generated always as identity primary key,
     -- Stays when the tenant is gone.
     tenant_id text not null,
     kind text not null check (kind in ('person', 'sync', 'tenant')),
     object text,
     at timestamptz not null default now(),
     actor text not null,
     -- Rows by table. Names nobody.
     counts jsonb not null,
     audit_id bigint not null
   )`,
  `create index erasures_of_tenant on erasures (tenant_id, id desc)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  await wallOff(db, 'erasures');
  await sql.raw('alter table erasures force row level security').execute(db);
  // Append-only, as the audit trail is.
  await sql.raw('revoke update, delete on erasures from crosswalk_app').execute(db);
}
