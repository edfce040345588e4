/**
 * One run of one sync: read both sides at once, settle, deliver both ways at once. Its workflow id
 * `sync/<tenant>/<object>` is the lock: there is at most one. Everything it knows beyond ids and counts is in the
 * database, so it may be started again at any point and goes on where things stand.
 */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { Ending, Figures, RunRef, SettleResult, StepResult, WaitCause } from '../activities/types.ts';
import { describe, type Lane, type Shown, stateAttribute } from './details.ts';
import { defaultPatienceMs, faultPause, pausedLook } from './waiting.ts';

export interface SyncRunInput extends RunRef {
  /** Tests: continue as new after so many steps. */
  freshAfter?: number;
  /** A step that has been silent for so long, in ms, is taken to another worker. Default 15 s. */
  silenceMs?: number;
  /** Tests: faults without progress for longer than this end the run. Default 24 h. */
  patienceMs?: number;
}

export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const cancelSignal = defineSignal('cancel');

const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s', maximumAttempts: 40 } as const;

/** Ends the run from within any step. */
class Ends extends Error {
  readonly ending: Ending;
  constructor(ending: Ending) {
    super(ending.kind);
    this.ending = ending;
  }
}

export async function syncRun(input: SyncRunInput): Promise<{ state: string }> {
  const { freshAfter, silenceMs, patienceMs = defaultPatienceMs, ...ref } = input;
  const heartbeatTimeout = silenceMs ?? '15s';
  // Steps work in a box of 45 s; a request under way when it ends may take its time-out more.
  const steps = proxyActivities<Activities>({ startToCloseTimeout: '5m', heartbeatTimeout, retry });
  // One aggregation alone may take Pendo five minutes, and a page is a few of them. Opening a run asks for one as well.
  const long = proxyActivities<Activities>({ startToCloseTimeout: '30m', heartbeatTimeout, retry });
  // Closing must happen whatever else does, and soon even where the worker dies that was at it.
  const closing = proxyActivities<Activities>({
    startToCloseTimeout: '15m',
    heartbeatTimeout,
    retry: { ...retry, maximumAttempts: 1000 },
  });
  let nudges = 0;
  let taken = 0;
  let fresh = false;
  /** A leg has ended the run: the other takes no further step. */
  let ended = false;
  const shown: Shown = { phase: 'open', waits: {}, paused: new Set(), figures: {}, settled: null, why: null };
  let told = '';
  /** Does the search attribute say `waiting`? The last side to begin or to end a wait decides: so histories have it. */
  let waiting = false;
  /** Where the run is, also while it shows as paused. */
  let phase = shown.phase;
  const enter = (next: string, change: Partial<Shown> = {}): void => {
    phase = next;
    show({ ...change, phase });
  };
  const show = (change: Partial<Shown>): void => {
    Object.assign(shown, change);
    setCurrentDetails(describe(ref, shown));
    const state = waiting ? 'waiting' : shown.phase;
    if (state === told) return;
    told = state;
    upsertSearchAttributes([{ key: stateAttribute, value: state }]);
  };
  const wait = (lane: Lane, until: number, cause: WaitCause | undefined): void => {
    waiting = true;
    show({ waits: { ...shown.waits, [lane]: { until, cause } } });
  };
  const waited = (lane: Lane): void => {
    waiting = false;
    const { [lane]: _, ...waits } = shown.waits;
    show({ waits });
  };
  const tell = ({ read, delivered }: Figures): void => {
    const before = shown.figures;
    shown.figures = { read: { ...before.read, ...read }, delivered: { ...before.delivered, ...delivered } };
    setCurrentDetails(describe(ref, shown));
  };
  for (const signal of [pauseSignal, resumeSignal, cancelSignal]) {
    // What is wanted stands in the database; a signal only says: look now.
    setHandler(signal, () => {
      nudges++;
    });
  }

  /** `seen`: the nudges counted before the step that ended in waiting. One that came during it ends the wait at once. */
  const pauseUntilNudged = async (ms: number, seen: number): Promise<void> => {
    await condition(() => nudges !== seen, ms);
  };

  /** Repeats a step until it is done. `fresh`: the history is long enough; everything at rest, go on in a new one. */
  const carry = async <R extends StepResult>(
    step: () => Promise<R>,
    lane: Lane = 'run',
  ): Promise<R | { kind: 'fresh' } | { kind: 'ended' }> => {
    let faults = 0;
    let faultsSince = 0;
    let looks = 0;
    for (;;) {
      if (ended) return { kind: 'ended' };
      if (fresh || workflowInfo().continueAsNewSuggested || (freshAfter !== undefined && taken >= freshAfter)) {
        // Whoever waits beside this step goes on in the new history as well.
        if (!fresh) nudges++;
        fresh = true;
        return { kind: 'fresh' };
      }
      const seen = nudges;
      const result = await step();
      taken++;
      if (result.figures) tell(result.figures);
      if (result.kind !== 'stopped') {
        looks = 0;
        shown.paused = new Set([...shown.paused].filter((one) => one !== lane));
        if (shown.phase === 'paused') show({ phase });
      }
      switch (result.kind) {
        case 'done':
        case 'stale':
          return result;
        case 'again':
          faults = 0;
          break;
        case 'wait': {
          // A vendor that says when to come back is there, and so are we: only faults in a row wear patience out.
          if (result.progressed || !result.fault) faults = 0;
          if (result.fault) {
            if (faults === 0) faultsSince = Date.now();
            faults++;
            if (Date.now() - faultsSince > patienceMs) throw new Ends({ kind: 'exhausted' });
          }
          const ms = Math.max(result.until - Date.now(), result.fault ? faultPause(faults) : 0, 100);
          wait(lane, Date.now() + ms, result.cause);
          await pauseUntilNudged(ms, seen);
          waited(lane);
          break;
        }
        case 'stopped':
          if (result.by !== 'pause') throw new Ends({ kind: 'cancelled' });
          faults = 0;
          show({ phase: 'paused', paused: new Set([...shown.paused, lane]) });
          await pauseUntilNudged(pausedLook(looks), seen);
          looks++;
          break;
        case 'blocked':
          throw new Ends({ kind: 'blocked', code: result.code });
        default:
          result satisfies never;
      }
    }
  };

  /** Runs steps side by side; when one ends the run, the others are stopped. */
  const together = async (...works: (() => Promise<{ kind: string }>)[]): Promise<{ kind: string }[]> =>
    CancellationScope.cancellable(async () => {
      const scope = CancellationScope.current();
      try {
        return await Promise.all(works.map((work) => work()));
      } catch (error) {
        scope.cancel();
        throw error;
      }
    });

  /**
   * Delivers both ways. A leg that ends the run, or whoever cancels the workflow, lets the other end its step: what a vendor
   * has taken by then is recorded before the run is closed.
   */
  const deliverTogether = async (...works: (() => Promise<{ kind: string }>)[]): Promise<{ kind: string }[]> => {
    const asked = CancellationScope.current();
    return CancellationScope.nonCancellable(async () => {
      const legs = new CancellationScope();
      const end = (): boolean => {
        // Asked for only here, so that the version before can take over any run that nothing ends.
        if (!patched('answers-before-close')) {
          legs.cancel();
          return false;
        }
        ended = true;
        nudges++;
        return true;
      };
      let over = false;
      asked.cancelRequested.catch(() => over || end());
      const delivered = await legs.run(async () => {
        const started = works.map((work) => work());
        try {
          return await Promise.all(started);
        } catch (error) {
          if (end()) await Promise.allSettled(started);
          throw error;
        }
      });
      over = true;
      if (ended) await asked.cancelRequested;
      return delivered;
    });
  };

  const goOn = (): Promise<never> =>
    continueAsNew<typeof syncRun>({ ...ref, ...(silenceMs === undefined ? {} : { silenceMs }) });

  const work = async (): Promise<Ending> => {
    show({});
    const opened = await carry(() => long.openRun(ref));
    if (opened.kind === 'fresh') return goOn();
    let settled: SettleResult | undefined = 'settled' in opened ? opened.settled : undefined;
    for (;;) {
      if (settled === undefined) {
        enter('schema');
        if ((await carry(() => steps.ensureSchema(ref))).kind === 'fresh') return goOn();
        enter('read');
        const read = await together(
          () => carry(() => steps.readHubSpot(ref), 'hubspot'),
          () => carry(() => long.readPendo(ref), 'pendo'),
        );
        if (read.some((side) => side.kind === 'fresh')) return goOn();
        enter('settle');
        const result = await carry(() => long.settle(ref));
        if (result.kind === 'fresh') return goOn();
        settled = 'settled' in result ? result.settled : undefined;
        if (settled === undefined) throw ApplicationFailure.nonRetryable('settling reported nothing', 'INTERNAL');
      }
      enter('deliver', { settled });
      const { owed, held }: SettleResult = settled;
      const delivered = await deliverTogether(
        ...(owed.pull > 0 && !held.pull ? [() => carry(() => steps.deliverToPendo(ref), 'pull')] : []),
        ...(owed.push > 0 && !held.push ? [() => carry(() => steps.deliverToHubSpot(ref), 'push')] : []),
      );
      if (delivered.some((leg) => leg.kind === 'fresh')) return goOn();
      if (!delivered.some((leg) => leg.kind === 'stale')) return { kind: 'finished' };
      if ((await carry(() => steps.readAgain(ref))).kind === 'fresh') return goOn();
      settled = undefined;
    }
  };

  const ending = await work().catch((error: unknown): Ending => {
    if (error instanceof Ends) return error.ending;
    if (isCancellation(error)) return { kind: 'cancelled' };
    if (error instanceof Error && error.name === 'ContinueAsNew') throw error;
    return { kind: 'fault' };
  });
  return CancellationScope.nonCancellable(async () => {
    waiting = false;
    show({ phase: 'close', waits: {}, paused: new Set(), why: whyOf(ending) });
    const closed = await closing.closeRun(ref, ending);
    show({ phase: closed.state });
    return closed;
  });
}

/** A code that says why a run did not finish. */
function whyOf(ending: Ending): string | null {
  if (ending.kind === 'blocked') return ending.code;
  return ending.kind === 'exhausted' || ending.kind === 'fault' ? ending.kind : null;
}
