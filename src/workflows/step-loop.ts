/** A step is repeated until it is done: what it reports decides whether the run waits, pauses, gives up or ends. */
import { condition, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Ending, StepResult } from '../activities/types.ts';
import type { Track } from './details.ts';
import type { Display } from './display.ts';

/** What a person wants is in the database. The signal only says: look there now. */
export const lookNowSignal = defineSignal('lookNow');
/** The names by which the previous release said the same: its control plane sends them, and they are in histories. */
const earlierSignals = ['pause', 'resume', 'cancel'].map((name) => defineSignal(name));

const minute = 60_000;
/** Without any progress for so long, a run gives up; the next one carries on. */
const defaultGiveUpMs = 24 * 60 * minute;

/** Ends the run from within any step. */
export class Ends extends Error {
  readonly ending: Ending;
  constructor(ending: Ending) {
    super(ending.kind);
    this.ending = ending;
  }
}

export interface StepLoop {
  /**
   * Repeats a step until it is done. Undefined: no further step is taken in this history, because it is long enough or because
   * the run ends.
   * @throws Ends
   */
  carry<R extends StepResult>(step: () => Promise<R>, track: Track): Promise<R | undefined>;
  /** No track takes a further step, and waits end. */
  end(): void;
}

export function createStepLoop(
  display: Display,
  { freshAfter = Number.POSITIVE_INFINITY, giveUpMs = defaultGiveUpMs }: { freshAfter?: number; giveUpMs?: number },
): StepLoop {
  let looks = 0;
  let taken = 0;
  let fresh = false;
  let ended = false;
  const lookNow = (): void => {
    looks++;
  };
  for (const signal of [lookNowSignal, ...earlierSignals]) setHandler(signal, lookNow);

  /** @param seen looks counted before the step that asks for the wait: one that came during the step ends it at once */
  const sleep = async (ms: number, seen: number): Promise<void> => {
    await condition(() => looks !== seen, ms);
  };

  const noFurtherStep = (): boolean => {
    if (ended || fresh) return true;
    fresh = workflowInfo().continueAsNewSuggested || taken >= freshAfter;
    // A track that waits beside this one continues in the new history as well.
    if (fresh) lookNow();
    return fresh;
  };

  return {
    async carry(step, track) {
      const faults = countFaults(giveUpMs);
      let pauses = 0;
      for (;;) {
        if (noFurtherStep()) return undefined;
        const seen = looks;
        const result = await step();
        taken++;
        if (result.figures) display.add(result.figures);
        if (result.kind !== 'stopped') {
          pauses = 0;
          display.resumed(track);
        }
        switch (result.kind) {
          case 'done':
          case 'stale':
            return result;
          case 'again':
            faults.none();
            break;
          case 'wait': {
            const ms = Math.max(result.until - Date.now(), faults.pauseAfter(result), 100);
            display.wait(track, Date.now() + ms, result.cause);
            await sleep(ms, seen);
            display.waited(track);
            break;
          }
          case 'stopped':
            if (result.by !== 'pause') throw new Ends({ kind: 'cancelled' });
            faults.none();
            display.pause(track);
            await sleep(betweenLooks(pauses), seen);
            pauses++;
            break;
          case 'blocked':
            throw new Ends({ kind: 'blocked', code: result.code });
          default:
            result satisfies never;
        }
      }
    },
    end() {
      ended = true;
      lookNow();
    },
  };
}

/** A vendor that says when to come back is there, and so are we: only faults in a row use up the give-up time. */
function countFaults(giveUpMs: number) {
  let faults = 0;
  let since = 0;
  return {
    none(): void {
      faults = 0;
    },
    /** In ms. @throws Ends where the faults have lasted for too long */
    pauseAfter({ fault, progressed }: Extract<StepResult, { kind: 'wait' }>): number {
      if (progressed || !fault) faults = 0;
      if (!fault) return 0;
      if (faults === 0) since = Date.now();
      faults++;
      if (Date.now() - since > giveUpMs) throw new Ends({ kind: 'exhausted' });
      const doubling = 2000 * 2 ** Math.min(faults - 1, 5);
      return faults > 20 ? 5 * minute : Math.min(doubling, minute);
    },
  };
}

/** While paused: how long, in ms, until the database is asked again, should the signal have been lost. */
function betweenLooks(pauses: number): number {
  return Math.min(minute * 2 ** Math.min(pauses, 6), 60 * minute);
}
