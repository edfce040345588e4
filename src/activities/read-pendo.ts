/** Reads Pendo's side: everything, or what a delta needs. */
import type { EngineDeps } from './deps.ts';
import { deltaSince, readPendoDelta } from './read/delta.ts';
import { isOfOneRecord } from './read/one-record.ts';
import { readPendoFull } from './read/pendo-full.ts';
import type { RunRef, StepResult } from './types.ts';

export async function readPendo(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  if (await isOfOneRecord(deps, ref)) return { kind: 'done' };
  const since = await deltaSince(deps, ref);
  return since === null ? readPendoFull(deps, ref) : readPendoDelta(deps, ref, since);
}
