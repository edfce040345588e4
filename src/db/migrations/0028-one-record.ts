/** Runs of one record: what such a run is about, on either side. */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

const statements = [
  // Only widened, so no row needs to be looked at. The release before starts no such run, and takes up none: see `recordRun`.
  `alter table runs drop constraint runs_scope_check,
     add constraint runs_scope_check check (scope in ('full', 'delta', 'record')) not valid`,
  // Whose id was asked for, and its partner as the run found it: it names people, and goes with the evidence.
  `create table run_records (
     tenant_id text not null references tenants,
     run_id bigint not null references runs on delete cascade,
     side text not null check (side in ('hubspot', 'pendo')),
     id text collate "C" not null,
     asked boolean not null,
     -- Was it there when the run read it? Null: not read yet.
     found boolean,
     primary key (run_id, side, id)
   )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  await wallOff(db, 'run_records');
}
