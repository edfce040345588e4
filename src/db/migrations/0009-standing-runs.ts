/**
 * What must outlive the processes that work on runs: a full run that is due, and the reason that ended a run.
 *
 * `full_due_at`: since when a full run has been due that could not start, because another run was going on or the sync was
 * paused. Null: none is. A full run that is queued clears it. The release before does not know it: it drops such runs as it
 * always did, and a full run that it queues leaves the mark, which costs one run more.
 *
 * `resumed_at`: when the sync was resumed, until Temporal has been asked whether a full run fell due while its schedule was
 * paused.
 *
 * `blocked`: why a person is needed, by the first step that met it. `reason` is what a run waits for, and the step beside
 * may replace it. Null in the runs of the release before, whose reason is in `reason`.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table syncs add column full_due_at timestamptz, add column resumed_at timestamptz`.execute(db);
  await sql`
    create index syncs_due on syncs (tenant_id, object)
    where full_due_at is not null or resumed_at is not null`.execute(db);
  await sql`alter table runs add column blocked jsonb`.execute(db);
}
