/** What was read has become too old to be written: both sides are read again, in the same run, with the same instant. */
import { sql } from 'kysely';
import { clearReads } from '../db/runs/index.ts';
import type { EngineDeps } from './deps.ts';
import { runStep } from './step/step.ts';
import type { RunRef, StepResult } from './types.ts';

export function readAgain(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  return runStep(deps, ref, 'open', 'read', async (step) => {
    await step.write(async (tx) => {
      await clearReads(tx, ref.runId);
      await sql`
        update runs set read_round = read_round + 1, read_at = ${new Date(deps.clock())}, progress = '{}',
                        settled_at = null
        where id = ${ref.runId}::bigint`.execute(tx);
    });
    return { kind: 'done' };
  });
}
