/** The activities of a run, one step each. Every one takes only ids of ours and returns only words and numbers. */
import { closeRun } from './close-run.ts';
import { deliverToHubSpot } from './deliver-to-hubspot.ts';
import { deliverToPendo } from './deliver-to-pendo.ts';
import type { EngineDeps } from './deps.ts';
import { ensureSchema } from './ensure-schema.ts';
import { openRun } from './open-run.ts';
import { readOneRecord } from './read/one-record.ts';
import { readAgain } from './read-again.ts';
import { readHubSpot } from './read-hubspot.ts';
import { readPendo } from './read-pendo.ts';
import { settle } from './settle.ts';
import { withFigures } from './step/figures.ts';
import type { Ending, RunRef } from './types.ts';

export type { EngineDeps, OpenedVendors } from './deps.ts';

export function createActivities(deps: EngineDeps) {
  return {
    openRun: (ref: RunRef) => openRun(deps, ref),
    ensureSchema: (ref: RunRef) => ensureSchema(deps, ref),
    readHubSpot: (ref: RunRef) => withFigures(deps, ref, 'hubspot', readHubSpot(deps, ref)),
    readPendo: (ref: RunRef) => withFigures(deps, ref, 'pendo', readPendo(deps, ref)),
    readAgain: (ref: RunRef) => readAgain(deps, ref),
    settle: (ref: RunRef) => settle(deps, ref),
    // By their own names: a worker of the release before knows no run of one record, and would read and deliver everything.
    readRecord: (ref: RunRef) => readOneRecord(deps, ref),
    settleRecord: (ref: RunRef) => settle(deps, ref),
    deliverToPendo: (ref: RunRef) => withFigures(deps, ref, 'pull', deliverToPendo(deps, ref)),
    deliverToHubSpot: (ref: RunRef) => withFigures(deps, ref, 'push', deliverToHubSpot(deps, ref)),
    closeRun: (ref: RunRef, ending: Ending) => closeRun(deps, ref, ending),
  };
}
export type Activities = ReturnType<typeof createActivities>;
