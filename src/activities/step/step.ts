/**
 * The frame of every step that may take long: it takes the fence, watches for pause, cancel and shutdown, sends
 * heartbeats, writes the live figures, and turns whatever goes wrong into one of a few results.
 */
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { isDatabaseAway } from '../../db/away.ts';
import type { Tx } from '../../db/index.ts';
import { planWithoutStatistics } from '../../db/planning.ts';
import {
  beginStep,
  blockRun,
  type Fence,
  type FencedStep,
  FenceLost,
  holdFence,
  holdFenceForAnswers,
  loadRun,
  moveRun,
  noteProgress,
  type Run,
  type StopCause,
  stopCause,
  takeFence,
} from '../../db/runs/index.ts';
import { noteQuotaMet } from '../../db/runs/learnt.ts';
import type { Progress, Reason, RunPhase } from '../../db/schema.ts';
import { RunStopped } from '../../egress/index.ts';
import { needsPerson, VendorError } from '../../sync/vendor-error.ts';
import type { EngineDeps, OpenedVendors } from '../deps.ts';
import type { RunRef, StepResult, WaitCause } from '../types.ts';
import { DatabaseAway } from './database-away.ts';
import { reportOperatorFault } from './operator-fault.ts';
import { scrubbed } from './scrub.ts';
import { reasonOf } from './vendor-reason.ts';

const watchMs = 1000;

/** A step meets something that only a person can fix. */
export class Blocked extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason.code);
    this.name = 'Blocked';
    this.reason = reason;
  }
}

/** The time box is over in the middle of something; what was done of it is durable. */
export class HandOver extends Error {}

export interface Step {
  run: Run;
  fence: Fence;
  vendors(): Promise<OpenedVendors>;
  /** A transaction of this step: the fence is held before `work` begins. `long`: over the whole mirror. */
  write<T>(work: (tx: Tx) => Promise<T>, options?: { long?: boolean }): Promise<T>;
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * As `write`, for what a vendor has answered: also where the run was stopped meanwhile.
   * `moved`: the tenant was changed since, so that only this run may speak of what was sent.
   */
  answered<T>(work: (tx: Tx, moved: boolean) => Promise<T>): Promise<T>;
  /** Is the time box over, or the process going down? Asked between pages. */
  shouldYield(): boolean;
  /** Something is durably done: the give-up time starts anew. */
  progressed(): void;
  show(progress: Progress): void;
}

/** @throws ApplicationFailure with nothing in it but a type and our own words. */
export function runStep(...step: StepFrame): Promise<StepResult> {
  return frame(false, ...step);
}

/** As `runStep`, but requests under way when it is stopped are awaited: the vendor may have done them. */
export function runWritingStep(...step: StepFrame): Promise<StepResult> {
  return frame(true, ...step);
}

type StepFrame = [
  deps: EngineDeps,
  ref: RunRef,
  name: FencedStep,
  phase: RunPhase,
  work: (step: Step) => Promise<StepResult | undefined>,
];

async function frame(awaitsAnswers: boolean, ...[deps, ref, name, phase, work]: StepFrame): Promise<StepResult> {
  const { db } = deps;
  /** No further request is made. */
  const abort = new AbortController();
  /** Requests under way end as well. */
  const cut = awaitsAnswers ? new AbortController() : abort;
  let watching: NodeJS.Timeout | undefined;
  let progressed = false;
  let stopped: StopCause | null = null;
  try {
    const begun = await db.tenant(ref.tenantId, async (tx) => {
      const cause = await stopCause(tx, ref.runId);
      if (cause !== null) {
        if (cause === 'pause') await moveRun(tx, ref.runId, { state: 'paused', waitingUntil: null });
        return { cause };
      }
      await beginStep(tx, ref.runId, phase);
      const run = await loadRun(tx, ref.runId);
      return { cause: null, run: run as Run, fence: await takeFence(tx, ref.tenantId, ref.runId, name) };
    });
    if (begun.cause !== null) return { kind: 'stopped', by: begun.cause };
    const { run, fence } = begun;

    const yieldAt = Date.now() + (deps.stepMs ?? 45_000);
    const figures = { progress: {} as Progress, calls: {} as Record<string, number> };
    const flush = async (tx: Tx): Promise<void> => {
      const { progress, calls } = figures;
      if (Object.keys(progress).length + Object.keys(calls).length === 0) return;
      figures.progress = {};
      figures.calls = {};
      await noteProgress(tx, ref.runId, progress, calls);
    };
    const watch = async (): Promise<void> => {
      const cause = await db.tenant(ref.tenantId, async (tx) => {
        await flush(tx);
        return stopCause(tx, ref.runId);
      });
      if (cause !== null) {
        stopped = cause;
        abort.abort(new RunStopped(cause));
      }
    };
    // Temporal's own cancellation (attempt timed out, workflow ended) ends the step as well.
    Context.current().cancellationSignal.addEventListener('abort', () => {
      abort.abort(new RunStopped('cancelled'));
      cut.abort(new RunStopped('cancelled'));
    });
    let looking = false;
    const activity = Context.current();
    watching = setInterval(() => {
      // A sign of life first: where the database is slow to answer, the step is not dead.
      activity.heartbeat();
      if (looking) return;
      looking = true;
      // A database that is away for a moment is met by the step's own queries; the watch just looks again.
      watch()
        .catch(() => undefined)
        .finally(() => {
          looking = false;
        });
    }, watchMs);

    let vendors: OpenedVendors | undefined;
    const result = await work({
      run,
      fence,
      vendors: async () => {
        vendors ??= await deps.openVendors(ref.tenantId, {
          runId: ref.runId,
          signal: abort.signal,
          requestSignal: cut.signal,
          onCall: (vendor, limitClass) => {
            const name = `${vendor}.${limitClass}`;
            figures.calls[name] = (figures.calls[name] ?? 0) + 1;
          },
        });
        return vendors;
      },
      write: (inner, options) =>
        db.tenant(
          ref.tenantId,
          async (tx) => {
            await planWithoutStatistics(tx);
            await holdFence(tx, fence);
            return inner(tx);
          },
          options,
        ),
      read: (inner) => db.tenant(ref.tenantId, inner),
      answered: (inner) =>
        db.tenant(ref.tenantId, async (tx) => {
          await planWithoutStatistics(tx);
          return inner(tx, !(await holdFenceForAnswers(tx, fence)));
        }),
      shouldYield: () => Date.now() >= yieldAt || deps.draining.aborted || abort.signal.aborted,
      progressed: () => {
        progressed = true;
      },
      show: (progress) => Object.assign(figures.progress, progress),
    });
    clearInterval(watching);
    await db.tenant(ref.tenantId, flush);
    // Cancelled while its last answers were on their way: it is over, though nothing may be left to do.
    const cause = stopped as StopCause | null;
    if (cause === 'cancel' || cause === 'gone') return { kind: 'stopped', by: cause };
    return result ?? { kind: 'done' };
  } catch (error) {
    clearInterval(watching);
    try {
      if (isDatabaseAway(error)) throw error;
      return await ended(deps, ref, error, stopped, progressed);
    } catch (failure) {
      if (isDatabaseAway(failure)) throw new DatabaseAway(progressed, failure);
      throw failure instanceof CancelledFailure ? failure : scrubbed(failure);
    }
  } finally {
    clearInterval(watching);
    abort.abort();
    cut.abort();
  }
}

async function ended(
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
  if (error instanceof VendorError) {
    if (error.blames === 'operator') reportOperatorFault(deps.log, error);
    else deps.log.warn({ ...ref, vendor: error.vendor, code: error.code, status: error.status }, error.message);
    const reason = reasonOf(error);
    if (needsPerson(error)) return blockedBy(deps, ref, reason);
    // A vendor that says when to come back is there; anything else counts against the run's give-up time.
    const fault = error.kind !== 'wait';
    const until = Math.max(error.until ?? 0, Date.now());
    await inRun(async (tx) => {
      await moveRun(tx, ref.runId, { state: 'waiting', waitingUntil: new Date(until), reason });
      if (error.code === 'DAILY_LIMIT') await noteQuotaMet(tx, ref.runId);
    });
    return { kind: 'wait', until, fault, progressed, cause: { of: error.vendor, why: whyOf(error) } };
  }
  deps.log.error({ ...ref, err: error }, 'step failed');
  throw scrubbed(error);
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
