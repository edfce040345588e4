/**
 * Who decided about a run, and why; who may not; and every version of a configuration, with who made it.
 *
 * Versions that the release before writes have no row. The next change by this one adds the row of the version that it finds.
 */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Tables in the order in which transactions take them.
  await sql`lock table tenants, syncs, runs in access exclusive mode`.execute(db);
  // Whoever changed the configuration or started a run may not approve it.
  await sql`alter table tenants add column four_eyes boolean not null default false`.execute(db);
  // { action, by, at, reason }: the last thing that a person decided about the run.
  await sql`alter table runs add column decision jsonb`.execute(db);
  await sql`
    create table sync_versions (
      tenant_id text not null references tenants,
      object text not null,
      version integer not null,
      config jsonb not null,
      -- Null: not known.
      changed_by text,
      changed_at timestamptz not null default now(),
      -- The version whose configuration it brought back.
      restored_from integer,
      primary key (tenant_id, object, version)
    )`.execute(db);
  await sql`
    insert into sync_versions (tenant_id, object, version, config, changed_at)
    select tenant_id, object, version, config, updated_at from syncs`.execute(db);
  await wallOff(db, 'sync_versions');
}
