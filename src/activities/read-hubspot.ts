/** Reads HubSpot's side: everything, or what a delta needs. */
import type { EngineDeps } from './deps.ts';
import { deltaSince, readHubSpotDelta } from './read/delta.ts';
import { readHubSpotFull } from './read/hubspot-full.ts';
import { isOfOneRecord, readOneRecord } from './read/one-record.ts';
import type { RunRef, StepResult } from './types.ts';

export async function readHubSpot(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  if (await isOfOneRecord(deps, ref)) return readOneRecord(deps, ref);
  const since = await deltaSince(deps, ref);
  return since === null ? readHubSpotFull(deps, ref) : readHubSpotDelta(deps, ref, since);
}
