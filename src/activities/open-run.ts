/** Freezes what the whole run computes with: the instant, the zone, and that zone's agreement with Pendo's own days. */

import { daysOfZone } from '../assumptions/pendo/days.ts';
import { createPendoQuestions } from '../assumptions/pendo/questions.ts';
import { pipelines } from '../pendo/index.ts';
import { startOfDay, windows } from '../sync/clock.ts';
import { eventsOf } from '../sync/event-mapping.ts';
import { numberIn } from '../sync/numbers.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { EngineDeps } from './deps.ts';
import { requireSubscription } from './read/require-subscription.ts';
import { resettled } from './settle.ts';
import { Blocked, runStep, type Step } from './step/step.ts';
import type { RunRef, SettleResult, StepResult } from './types.ts';

/** A run that was held and is approved goes straight on to its deliveries: `settled` says which legs may. */
export async function openRun(deps: EngineDeps, ref: RunRef): Promise<StepResult & { settled?: SettleResult }> {
  let settled: SettleResult | undefined;
  const result = await runStep(deps, ref, 'open', 'open', async (step) => {
    if (step.run.settled_at !== null && step.run.approved.length > 0) {
      // It may have been held for days, and it reads nothing more that would show another subscription.
      await requireSubscription(step, ref.tenantId);
      settled = await step.read((tx) => resettled(tx, step.run));
      return { kind: 'done' };
    }
    const { pendo, pendoSettings } = await step.vendors();
    const { zone } = pendoSettings;
    const asOf = step.run.as_of?.getTime() ?? deps.clock();
    const { T0, currentStart, earlierStart } = windows(asOf, zone, step.run.config.window);
    // Only usage windows and events depend on Pendo's days.
    if (step.run.config.push.length > 0 || eventsOf(step.run.config).length > 0)
      await checkZone(pendo, { zone, asOf }, [T0, currentStart, earlierStart]);
    await step.write(async (tx) => {
      await tx
        .updateTable('runs')
        .set({
          as_of: new Date(asOf),
          zone,
          opened_at: step.run.opened_at ?? new Date(),
          // A run that is taken up again may have read most of it long ago.
          read_at: step.run.read_at ?? new Date(deps.clock()),
        })
        .where('id', '=', ref.runId)
        .execute();
    });
    return { kind: 'done' };
  });
  return settled === undefined ? result : { ...result, settled };
}

/** Pendo cuts days in the subscription's zone, and no call says which that is; so it is asked to cut some. */
async function checkZone(
  pendo: Awaited<ReturnType<Step['vendors']>>['pendo'],
  { zone, asOf }: { zone: string; asOf: number },
  starts: number[],
): Promise<void> {
  const noon = 12 * 3_600_000;
  const asked = starts.map((start) => start + noon);
  const answered = new Map<number, number>();
  try {
    await pendo.aggregate<{ ms: unknown; day: unknown }>(pipelines.startOfPeriod(asked), ({ ms, day }) => {
      answered.set(numberIn(ms) ?? Number.NaN, numberIn(day) ?? Number.NaN);
    });
  } catch (error) {
    // A Pendo that does not know the question shows the days of its activity all the same.
    if (!(error instanceof VendorError) || error.kind !== 'rejected') throw error;
    if ((await daysOfZone.ask(createPendoQuestions(pendo, { zone, now: asOf }))).state !== 'disproved') return;
    throw wrongZone(zone);
  }
  if (asked.some((ms) => answered.get(ms) !== startOfDay(ms, zone))) throw wrongZone(zone);
}

function wrongZone(zone: string): Blocked {
  return new Blocked({
    code: 'ZONE_MISMATCH',
    message: `Pendo's days do not begin where those of ${zone} begin, so usage figures would be cut at the wrong hours.`,
    fix: "Set the Pendo connection's zone to the time zone of the Pendo subscription, then resume the sync.",
  });
}
