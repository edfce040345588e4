/** Reads HubSpot's side: everything, or what a delta needs. */
import type { EngineDeps } from './deps.ts';
import { deltaSince, readHubSpotDelta } from './read/delta.ts';
import { readHubSpotFull } from './read/hubspot-full.ts';
import type { RunRef, StepResult } from './types.ts';

export async function readHubSpot(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  const since = await deltaSince(deps, ref);
  return since === null ? readHubSpotFull(deps, ref) : readHubSpotDelta(deps, ref, since);
}
