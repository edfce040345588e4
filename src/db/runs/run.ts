/** A run's row: loading it, and the few ways in which it moves. */
import { type Selectable, sql } from 'kysely';
import type { Tx } from '../database.ts';
import { toJsonb } from '../jsonb.ts';
import type { Progress, Reason, RunPhase, RunState, RunsTable } from '../schema.ts';
import { active, activeStates } from './states.ts';

export type Run = Selectable<RunsTable>;

/** What stops a run from outside. `gone`: deleted, disabled or forgotten under it, or closed by somebody else. */
export type StopCause = 'pause' | 'cancel' | 'gone';

export async function loadRun(tx: Tx, runId: string): Promise<Run | undefined> {
  return tx.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirst();
}

/** Should the run stop, and why? */
export async function stopCause(tx: Tx, runId: string): Promise<StopCause | null> {
  const { rows } = await sql<{ pause: boolean; cancel: boolean; same: boolean; active: boolean }>`
    select r.pause_requested as pause, r.cancel_requested as cancel, r.epoch = t.epoch as same,
           r.state in ${active} as active
    from runs r join tenants t on t.id = r.tenant_id where r.id = ${runId}::bigint`.execute(tx);
  const row = rows[0];
  if (!row?.same || !row.active) return 'gone';
  if (row.cancel) return 'cancel';
  return row.pause ? 'pause' : null;
}

/** Moves an active run; a closed or held one stays as it is. */
export async function moveRun(
  tx: Tx,
  runId: string,
  to: { state?: RunState; phase?: RunPhase; waitingUntil?: Date | null; reason?: Reason | null },
): Promise<void> {
  await tx
    .updateTable('runs')
    .set({
      ...(to.state === undefined ? {} : { state: to.state }),
      ...(to.phase === undefined ? {} : { phase: to.phase }),
      ...(to.waitingUntil === undefined ? {} : { waiting_until: to.waitingUntil }),
      ...(to.reason === undefined ? {} : { reason: to.reason === null ? null : toJsonb(to.reason) }),
    })
    .where('id', '=', runId)
    .where('state', 'in', activeStates)
    .execute();
}

/** Only a person can act on this. The first reason stays: the step beside may meet another, or wait for a vendor. */
export async function blockRun(tx: Tx, runId: string, reason: Reason): Promise<void> {
  const text = toJsonb(reason);
  await sql`
    update runs set blocked = coalesce(blocked, ${text}::jsonb), reason = coalesce(blocked, ${text}::jsonb)
    where id = ${runId}::bigint and state in ${active}`.execute(tx);
}

/** Clocks of workers and timers of Temporal agree to about this. */
const clockSlackMs = 2000;

/** A step begins: the run continues, unless the step beside it waits for a vendor, and then that is what is to be seen. */
export async function beginStep(tx: Tx, runId: string, phase: RunPhase): Promise<void> {
  const stillWaits = sql<boolean>`state = 'waiting' and waiting_until > ${new Date(Date.now() + clockSlackMs)}`;
  await sql`
    update runs set phase = ${phase},
      reason = case when ${stillWaits} then reason end,
      waiting_until = case when ${stillWaits} then waiting_until end,
      state = case when ${stillWaits} then state else 'running' end
    where id = ${runId}::bigint and state in ${active}`.execute(tx);
}

/** Live figures of one step. */
export async function noteProgress(
  tx: Tx,
  runId: string,
  progress: Progress,
  calls: Record<string, number>,
): Promise<void> {
  await sql`
    update runs set progress = progress || ${JSON.stringify(progress)}::jsonb,
      calls = calls || coalesce((
        select jsonb_object_agg(c.key, coalesce((runs.calls ->> c.key)::bigint, 0) + c.value::bigint)
        from jsonb_each_text(${JSON.stringify(calls)}::jsonb) c), '{}')
    where id = ${runId}::bigint`.execute(tx);
}
