/** Whether one record may be delivered now: what stands in the way of a run of scope `record`. */
import type { Tx } from '../../db/index.ts';
import { deltaGround, type Ground } from '../../db/runs/delta-base.ts';
import type { Run } from '../../db/runs/index.ts';
import { type ControlError, conflict } from '../errors.ts';

/** Nobody's run is taken for that of this record. */
export function runActive(run: Pick<Run, 'id'>): ControlError {
  return conflict(
    'RUN_ACTIVE',
    `Run ${run.id} is active, and may deliver this record as well.`,
    'Wait for it to end, then look at the record again.',
  );
}

/** As for a delta: what is not read must be as the last good full run left it, by the rules of now. */
export async function requireGroundForOne(tx: Tx, now: Ground, held: Pick<Run, 'id'> | undefined): Promise<void> {
  if (held !== undefined) {
    throw conflict(
      'RUN_HELD',
      `Run ${held.id} is held by a guard and waits for a decision; until then nothing else of this sync is delivered.`,
      'Approve or cancel that run first, or start a full run, which takes its place.',
    );
  }
  if ((await deltaGround(tx, now)) !== null) return;
  throw conflict(
    'FULL_RUN_NEEDED',
    'No full run has ended well since the configuration, a connection or the list of forgotten people was last changed, so it is not known who matches whom.',
    'Start a full run: it delivers this record as well.',
  );
}
