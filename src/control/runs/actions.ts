/** What a person may do to a run that exists: cancel it, or approve what the guards held. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { activeStates, clearWork, type Run } from '../../db/runs/index.ts';
import type { Decision, Leg } from '../../db/schema.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { afterCommit, type Control, inTenant } from '../control.ts';
import { conflict, notFound } from '../errors.ts';
import { kinOf } from '../keys/kin.ts';
import { approvalOf } from './four-eyes.ts';
import { lockSync, requireOnlyWriter, requireRunnable, startQueued } from './start.ts';

async function lockRun(tx: Tx, tenantId: string, runId: string): Promise<Run> {
  const run = await tx
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('id', '=', runId)
    .forUpdate()
    .executeTakeFirst();
  if (run === undefined) throw notFound('run');
  return run;
}

/** As a run keeps it. */
function decided(control: Control, caller: Caller, action: Decision['action'], reason: string | undefined): string {
  const decision: Decision = {
    action,
    by: caller.actor,
    at: new Date(control.clock()).toISOString(),
    reason: reason ?? null,
  };
  return JSON.stringify(decision);
}

/**
 * Ends a run: at once when it waits for approval, else at its next step. Idempotent.
 * @param why in the caller's words, for the audit trail
 */
export async function cancelRun(
  control: Control,
  caller: Caller,
  tenantId: string,
  runId: string,
  why?: string,
): Promise<Run> {
  const run = await inTenant(control, caller, 'operate', tenantId, async (tx) => {
    const found = await lockRun(tx, tenantId, runId);
    const active = (activeStates as readonly string[]).includes(found.state);
    if (!active && found.state !== 'held') {
      throw conflict('RUN_CLOSED', `The run is over: it ${found.state}.`, 'Nothing needs to be done.');
    }
    if (found.cancel_requested) return found;
    const reason = JSON.stringify({ code: 'CANCELLED', message: `Cancelled by ${caller.actor}.` });
    const after = why === undefined ? undefined : { reason: why };
    await audit(tx, caller, { tenantId, action: 'run.cancelled', subject: `run:${runId}`, after });
    if (!active) await clearWork(tx, runId);
    const decision = decided(control, caller, 'cancelled', why);
    return tx
      .updateTable('runs')
      .set(
        active
          ? { cancel_requested: true, decision }
          : { cancel_requested: true, decision, state: 'cancelled', phase: 'close', reason, closed_at: sql`now()` },
      )
      .where('id', '=', runId)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  await afterCommit(control, 'cancel', () => control.starter.lookNow(tenantId, run.object));
  return run;
}

/**
 * Lets held legs deliver, in this run only, its re-reads included.
 * @throws `FOUR_EYES`, `ALREADY_WRITTEN`, `RUN_NOT_HELD`, `LEG_NOT_HELD`, `RUN_OUTDATED`, `RUN_ACTIVE`.
 */
export async function approveRun(
  control: Control,
  caller: Caller,
  tenantId: string,
  runId: string,
  { legs, reason }: { legs?: readonly Leg[] | undefined; reason?: string | undefined },
): Promise<Run> {
  const { object } = await inTenant(control, caller, 'operate', tenantId, (tx) => findRun(tx, tenantId, runId));
  await requireOnlyWriter(control, caller, { tenantId, object });
  const kin = await kinOf(control, caller);
  const run = await inTenant(
    control,
    caller,
    'operate',
    tenantId,
    async (tx, tenant) => {
      // The sync's row first, as everywhere: two transactions that take both in one order cannot lock each other out.
      const sync = await lockSync(tx, tenantId, object);
      const found = await lockRun(tx, tenantId, runId);
      if (found.state !== 'held') {
        throw conflict('RUN_NOT_HELD', `The run is ${found.state}, not held.`, 'Only a held run can be approved.');
      }
      requireRunnable(tenant, sync, found.dry_run);
      if (found.epoch !== tenant.epoch) {
        throw conflict('RUN_OUTDATED', 'The tenant was changed since this run read it.', 'Start a new run.');
      }
      const { refusal } = await approvalOf(tx, control, kin, tenant, found);
      if (refusal !== null) throw refusal;
      const heldLegs = [...new Set(found.held.map((held) => held.leg))];
      const wanted = legs ?? heldLegs;
      const other = wanted.find((leg) => !heldLegs.includes(leg));
      if (other !== undefined) {
        throw conflict('LEG_NOT_HELD', `The leg "${other}" is not held.`, `Held are: ${heldLegs.join(', ')}.`);
      }
      const active = await tx
        .selectFrom('runs')
        .select('id')
        .where('tenant_id', '=', tenantId)
        .where('object', '=', found.object)
        .where('state', 'in', activeStates)
        .executeTakeFirst();
      if (active !== undefined) {
        throw conflict('RUN_ACTIVE', `Run ${active.id} is active.`, 'Wait for it, or cancel it.');
      }
      const approved = [...new Set([...found.approved, ...wanted])];
      await audit(tx, caller, {
        tenantId,
        action: 'run.approved',
        subject: `run:${runId}`,
        before: { approved: found.approved },
        after: { approved, ...(reason !== undefined && { reason }) },
      });
      const decision = decided(control, caller, 'approved', reason);
      return tx
        .updateTable('runs')
        .set({ approved: JSON.stringify(approved), decision, state: 'queued', closed_at: null, queued_at: sql`now()` })
        .where('id', '=', runId)
        .returningAll()
        .executeTakeFirstOrThrow();
    },
    { lock: 'share' },
  );
  await startQueued(control, run);
  return run;
}

export async function findRun(tx: Tx, tenantId: string, runId: string): Promise<Run> {
  const run = await tx
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('id', '=', runId)
    .executeTakeFirst();
  if (run === undefined) throw notFound('run');
  return run;
}
