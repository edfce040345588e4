/**
 * One run of one sync: open, schema, read both sides at once, settle, deliver both ways at once, close. Its workflow id
 * `sync/<tenant>/<object>` is the lock: there is at most one. Everything it knows beyond ids and counts is in the
 * database, so it may be started again at any point and continues from there.
 */
import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { Ending, RunRef, SettleResult, StepResult } from '../activities/types.ts';
import { createDisplay } from './display.ts';
import { deliverBoth, readBoth } from './side-by-side.ts';
import { traced } from './spans.ts';
import { createStepLoop, Ends } from './step-loop.ts';

export interface SyncRunInput extends RunRef {
  /** Heartbeat time-out in ms: a step that is silent for so long goes to another worker. Default 15 s. Stored by this name. */
  silenceMs?: number;
  /** Tests: continue as new after so many steps. */
  freshAfter?: number;
  /** Tests: give-up time. Faults without progress for longer than this end the run. Default 24 h. */
  giveUpMs?: number;
}

export function syncRun(input: SyncRunInput): Promise<{ state: string }> {
  return traced(refOf(input), () => carryOut(input, 'all'));
}

/** The same for one record. Its own workflow: a worker of the release before leaves it alone. */
export function recordRun(input: SyncRunInput): Promise<{ state: string }> {
  return traced(refOf(input), () => carryOut(input, 'one'));
}

function refOf({ tenantId, object, runId }: SyncRunInput): RunRef {
  return { tenantId, object, runId };
}

async function carryOut(
  { silenceMs, freshAfter, giveUpMs, ...ref }: SyncRunInput,
  records: 'all' | 'one',
): Promise<{ state: string }> {
  const { steps, long, closing } = activities(silenceMs);
  const display = createDisplay(ref);
  const loop = createStepLoop(display, { freshAfter, giveUpMs });
  const inNewHistory = (): Promise<never> =>
    continueAsNew<typeof syncRun>({ ...ref, ...(silenceMs === undefined ? {} : { silenceMs }) });
  const take = async <R extends StepResult>(step: () => Promise<R>): Promise<R> =>
    (await loop.carry(step, 'run')) ?? inNewHistory();

  const untilDelivered = async (): Promise<Ending> => {
    let { settled }: { settled?: SettleResult } = await take(() => long.openRun(ref));
    for (;;) {
      if (settled === undefined) {
        display.enter('schema');
        await take(() => steps.ensureSchema(ref));

        display.enter('read');
        const read =
          records === 'one'
            ? [await loop.carry(() => long.readRecord(ref), 'run')]
            : await readBoth(
                () => loop.carry(() => steps.readHubSpot(ref), 'hubspot'),
                () => loop.carry(() => long.readPendo(ref), 'pendo'),
              );
        if (read.includes(undefined)) return inNewHistory();

        display.enter('settle');
        ({ settled } = await take(() => (records === 'one' ? long.settleRecord(ref) : long.settle(ref))));
        if (settled === undefined) throw ApplicationFailure.nonRetryable('settling reported nothing', 'INTERNAL');
      }
      const { owed, held }: SettleResult = settled;
      display.enter('deliver', settled);
      const delivered = await deliverBoth(loop, [
        ...(owed.pull > 0 && !held.pull ? [() => loop.carry(() => steps.deliverToPendo(ref), 'pull')] : []),
        ...(owed.push > 0 && !held.push ? [() => loop.carry(() => steps.deliverToHubSpot(ref), 'push')] : []),
      ]);
      if (delivered.includes(undefined)) return inNewHistory();
      if (!delivered.some((leg) => leg?.kind === 'stale')) return { kind: 'finished' };

      await take(() => steps.readAgain(ref));
      settled = undefined;
    }
  };

  const ending = await untilDelivered().catch(endingOf);
  return CancellationScope.nonCancellable(async () => {
    display.close(ending);
    const closed = await closing.closeRun(ref, ending);
    display.enter(closed.state);
    return closed;
  });
}

function activities(heartbeatTimeout: number | '15s' = '15s') {
  const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s', maximumAttempts: 40 } as const;
  return {
    // Steps work in a box of 45 s; a request under way when it ends may take its time-out more.
    steps: proxyActivities<Activities>({ startToCloseTimeout: '5m', heartbeatTimeout, retry }),
    // One aggregation alone may take Pendo five minutes, and a page is a few of them. Opening a run asks for one as well.
    long: proxyActivities<Activities>({ startToCloseTimeout: '30m', heartbeatTimeout, retry }),
    // Closing must happen whatever else does, and soon even where the worker dies that was at it.
    closing: proxyActivities<Activities>({
      startToCloseTimeout: '15m',
      heartbeatTimeout,
      retry: { ...retry, maximumAttempts: 1000 },
    }),
  };
}

function endingOf(error: unknown): Ending {
  if (error instanceof Ends) return error.ending;
  if (isCancellation(error)) return { kind: 'cancelled' };
  if (error instanceof Error && error.name === 'ContinueAsNew') throw error;
  return { kind: 'fault' };
}
