/** Two steps at once: both sides are read, and both legs delivered, side by side. */
import { CancellationScope, patched } from '@temporalio/workflow';
import type { StepResult } from '../activities/types.ts';
import type { StepLoop } from './step-loop.ts';

/** Undefined where no further step is taken in this history. */
type Work = () => Promise<StepResult | undefined>;

/** When one side ends the run, the other is stopped: nothing is lost with what it was reading. */
export async function readBoth(...sides: Work[]): Promise<(StepResult | undefined)[]> {
  return CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    try {
      return await Promise.all(sides.map((read) => read()));
    } catch (error) {
      scope.cancel();
      throw error;
    }
  });
}

/**
 * A leg that ends the run, or a cancelled workflow, lets the other leg end its step: what a vendor has taken by then is
 * recorded before the run is closed.
 */
export async function deliverBoth(loop: StepLoop, legs: readonly Work[]): Promise<(StepResult | undefined)[]> {
  const asked = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    const scope = new CancellationScope();
    let over = false;
    let ended = false;
    const end = (): boolean => {
      // Asked for only here, so that the version before can take over any run that nothing ends.
      if (!patched('answers-before-close')) {
        scope.cancel();
        return false;
      }
      ended = true;
      loop.end();
      return true;
    };
    asked.cancelRequested.catch(() => over || end());
    const delivered = await scope.run(async () => {
      const started = legs.map((deliver) => deliver());
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
}
