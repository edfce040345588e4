/** Beside the work of a step: signs of life, live figures, and a look every second whether the run was stopped from outside. */
import { Context } from '@temporalio/activity';
import type { Database, Tx } from '../../db/index.ts';
import { noteProgress, type StopCause, stopCause } from '../../db/runs/index.ts';
import type { Progress } from '../../db/schema.ts';
import { RunStopped } from '../../egress/index.ts';
import type { RunRef } from '../types.ts';

const everyMs = 1000;

export interface Watch {
  /** Aborted: no further request is made. */
  signal: AbortSignal;
  /** Aborted: requests under way end as well. */
  requestSignal: AbortSignal;
  /** Why the run was stopped; null: it was not. */
  stopped(): StopCause | null;
  show(progress: Progress): void;
  /** Counts a call to a vendor. */
  called(name: string): void;
  /** Writes the figures that were not written yet. */
  flush(): Promise<void>;
  /** Looks no more. */
  rest(): void;
  /** Ends whatever of the step still runs. */
  end(): void;
}

/** @param awaitsAnswers requests under way when the run is stopped are awaited: the vendor may have done them */
export function startWatch(db: Database, ref: RunRef, awaitsAnswers: boolean): Watch {
  const activity = Context.current();
  const abort = new AbortController();
  const cut = awaitsAnswers ? new AbortController() : abort;
  let stopped: StopCause | null = null;
  let progress: Progress = {};
  let calls: Record<string, number> = {};

  const flushIn = async (tx: Tx): Promise<void> => {
    const now = { progress, calls };
    if (Object.keys(progress).length + Object.keys(calls).length === 0) return;
    progress = {};
    calls = {};
    await noteProgress(tx, ref.runId, now.progress, now.calls);
  };
  const look = async (): Promise<void> => {
    const cause = await db.tenant(ref.tenantId, async (tx) => {
      await flushIn(tx);
      return stopCause(tx, ref.runId);
    });
    if (cause === null) return;
    stopped = cause;
    abort.abort(new RunStopped(cause));
  };
  // Temporal's own cancellation (attempt timed out, workflow ended) ends the step as well.
  activity.cancellationSignal.addEventListener('abort', () => {
    abort.abort(new RunStopped('cancelled'));
    cut.abort(new RunStopped('cancelled'));
  });
  let looking = false;
  const timer = setInterval(() => {
    // A sign of life first: where the database is slow to answer, the step is not dead.
    activity.heartbeat();
    if (looking) return;
    looking = true;
    // A database that is away for a moment is met by the step's own queries; the watch just looks again.
    look()
      .catch(() => undefined)
      .finally(() => {
        looking = false;
      });
  }, everyMs);

  return {
    signal: abort.signal,
    requestSignal: cut.signal,
    stopped: () => stopped,
    show: (more) => Object.assign(progress, more),
    called(name) {
      calls[name] = (calls[name] ?? 0) + 1;
    },
    flush: () => db.tenant(ref.tenantId, flushIn),
    rest: () => clearInterval(timer),
    end() {
      clearInterval(timer);
      abort.abort();
      cut.abort();
    },
  };
}
