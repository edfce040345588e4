/** How a step ends that did not get to its end: whatever went wrong is one of a few results. */
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Tx } from '../../db/index.ts';
import { blockRun, FenceLost, moveRun, type StopCause, stopCause } from '../../db/runs/index.ts';
import { noteQuotaMet } from '../../db/runs/learnt.ts';
import type { Reason } from '../../db/schema.ts';
import { RunStopped } from '../../egress/index.ts';
import { needsPerson, VendorError } from '../../sync/vendor-error.ts';
import { noteWait } from '../../telemetry/work-metrics.ts';
import type { EngineDeps } from '../deps.ts';
import type { RunRef, StepResult, WaitCause } from '../types.ts';
import { Blocked, HandOver } from './interrupts.ts';
import { reportOperatorFault } from './operator-fault.ts';
import { scrubbed } from './scrub.ts';
import { reasonOf } from './vendor-reason.ts';

/** @throws what is a fault of ours, and the cancellation by Temporal. */
export async function endingOf(
  deps: EngineDeps,
  ref: RunRef,
  error: unknown,
  stopped: StopCause | null,
  progressed: boolean,
): Promise<StepResult> {
  const inRun = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => deps.db.tenant(ref.tenantId, work);
  if (stopped !== null || error instanceof RunStopped || error instanceof FenceLost) {
    const cause = stopped ?? (await inRun((tx) => stopCause(tx, ref.runId)));
    if (cause === null && Context.current().cancellationSignal.aborted) throw new CancelledFailure('CANCELLED');
    if (cause === null) throw ApplicationFailure.retryable('A newer attempt has taken over.', 'OVERTAKEN');
    if (cause === 'pause') await inRun((tx) => moveRun(tx, ref.runId, { state: 'paused', waitingUntil: null }));
    return { kind: 'stopped', by: cause };
  }
  // Cancelled because the step beside it ended the run: whatever this one met then is no reason for anything.
  if (Context.current().cancellationSignal.aborted) throw new CancelledFailure('CANCELLED');
  if (error instanceof HandOver) return { kind: 'again', progressed: true };
  if (error instanceof Blocked) return blockedBy(deps, ref, error.reason);
  if (error instanceof VendorError) return endedByVendor(deps, ref, error, progressed);
  deps.log.error({ ...ref, err: error }, 'step failed');
  throw scrubbed(error);
}

async function endedByVendor(
  deps: EngineDeps,
  ref: RunRef,
  error: VendorError,
  progressed: boolean,
): Promise<StepResult> {
  if (error.blames === 'operator') reportOperatorFault(deps.log, error);
  else deps.log.warn({ ...ref, vendor: error.vendor, code: error.code, status: error.status }, error.message);
  const reason = reasonOf(error);
  if (needsPerson(error)) return blockedBy(deps, ref, reason);
  // A vendor that says when to come back is there; anything else counts against the run's give-up time.
  const fault = error.kind !== 'wait';
  const until = Math.max(error.until ?? 0, Date.now());
  await deps.db.tenant(ref.tenantId, async (tx) => {
    await moveRun(tx, ref.runId, { state: 'waiting', waitingUntil: new Date(until), reason });
    if (error.code === 'DAILY_LIMIT') await noteQuotaMet(tx, ref.runId);
  });
  const cause = { of: error.vendor, why: whyOf(error) } as const;
  noteWait(cause.of, cause.why);
  return { kind: 'wait', until, fault, progressed, cause };
}

async function blockedBy(deps: EngineDeps, ref: RunRef, reason: Reason): Promise<StepResult> {
  await deps.db.tenant(ref.tenantId, (tx) => blockRun(tx, ref.runId, reason));
  return { kind: 'blocked', code: reason.code };
}

function whyOf({ code, blames }: VendorError): WaitCause['why'] {
  if (blames === 'operator') return 'operator';
  if (code === 'DAILY_LIMIT') return 'quota';
  return code === 'RATE_LIMIT' || code === 'SECONDLY_LIMIT' || code === 'BUSY' ? 'limit' : 'outage';
}
