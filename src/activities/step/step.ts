/**
 * The frame of every step that may take long: it takes the fence, has the run watched, and turns whatever goes wrong into one of
 * a few results.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledFailure } from '@temporalio/activity';
import { isDatabaseAway } from '../../db/away.ts';
import type { Tx } from '../../db/index.ts';
import { planWithoutStatistics } from '../../db/planning.ts';
import {
  beginStep,
  type Fence,
  type FencedStep,
  holdFence,
  holdFenceForAnswers,
  loadRun,
  moveRun,
  type Run,
  type StopCause,
  stopCause,
  takeFence,
} from '../../db/runs/index.ts';
import type { Progress, RunPhase } from '../../db/schema.ts';
import type { EngineDeps, OpenedVendors } from '../deps.ts';
import type { RunRef, StepResult } from '../types.ts';
import { DatabaseAway } from './database-away.ts';
import { endingOf } from './ending.ts';
import { HandOver } from './interrupts.ts';
import { scrubbed } from './scrub.ts';
import { startWatch, type Watch } from './watch.ts';

export { Blocked, HandOver } from './interrupts.ts';

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
  /** Waits. @throws `HandOver` where the step is stopped or the process goes down meanwhile. */
  pause(ms: number): Promise<void>;
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
  let watch: Watch | undefined;
  let progressed = false;
  try {
    const begun = await begin(deps, ref, name, phase);
    if ('stopped' in begun) return { kind: 'stopped', by: begun.stopped };
    watch = startWatch(deps.db, ref, awaitsAnswers);
    const result = await work(
      createStep(deps, ref, begun, watch, () => {
        progressed = true;
      }),
    );
    watch.rest();
    await watch.flush();
    // Cancelled while its last answers were on their way: it is over, though nothing may be left to do.
    const cause = watch.stopped();
    if (cause === 'cancel' || cause === 'gone') return { kind: 'stopped', by: cause };
    return result ?? { kind: 'done' };
  } catch (error) {
    watch?.rest();
    try {
      if (isDatabaseAway(error)) throw error;
      return await endingOf(deps, ref, error, watch?.stopped() ?? null, progressed);
    } catch (failure) {
      if (isDatabaseAway(failure)) throw new DatabaseAway(progressed, failure);
      throw failure instanceof CancelledFailure ? failure : scrubbed(failure);
    }
  } finally {
    watch?.end();
  }
}

function begin(
  { db }: EngineDeps,
  ref: RunRef,
  name: FencedStep,
  phase: RunPhase,
): Promise<{ stopped: StopCause } | { run: Run; fence: Fence }> {
  return db.tenant(ref.tenantId, async (tx) => {
    const stopped = await stopCause(tx, ref.runId);
    if (stopped !== null) {
      if (stopped === 'pause') await moveRun(tx, ref.runId, { state: 'paused', waitingUntil: null });
      return { stopped };
    }
    await beginStep(tx, ref.runId, phase);
    const run = (await loadRun(tx, ref.runId)) as Run;
    return { run, fence: await takeFence(tx, ref.tenantId, ref.runId, name) };
  });
}

function createStep(
  { db, draining, stepMs = 45_000, openVendors }: EngineDeps,
  { tenantId, runId }: RunRef,
  { run, fence }: { run: Run; fence: Fence },
  watch: Watch,
  progressed: () => void,
): Step {
  const yieldAt = Date.now() + stepMs;
  let vendors: OpenedVendors | undefined;
  return {
    run,
    fence,
    async vendors() {
      vendors ??= await openVendors(tenantId, {
        runId,
        signal: watch.signal,
        requestSignal: watch.requestSignal,
        onCall: (vendor, limitClass) => watch.called(`${vendor}.${limitClass}`),
      });
      return vendors;
    },
    write: (work, options) =>
      db.tenant(
        tenantId,
        async (tx) => {
          await planWithoutStatistics(tx);
          await holdFence(tx, fence);
          return work(tx);
        },
        options,
      ),
    read: (work) => db.tenant(tenantId, work),
    answered: (work) =>
      db.tenant(tenantId, async (tx) => {
        await planWithoutStatistics(tx);
        return work(tx, !(await holdFenceForAnswers(tx, fence)));
      }),
    shouldYield: () => Date.now() >= yieldAt || draining.aborted || watch.signal.aborted,
    pause: (ms) =>
      sleep(ms, undefined, { signal: AbortSignal.any([draining, watch.signal]) }).catch(() => {
        throw new HandOver();
      }),
    progressed,
    show: (progress) => watch.show(progress),
  };
}
