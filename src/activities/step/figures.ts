/** How far a run is, reported with the results of the steps that take long: the Temporal UI shows it. */
import type { Tx } from '../../db/index.ts';
import { readTotals } from '../../db/runs/index.ts';
import type { Leg, Vendor } from '../../db/schema.ts';
import type { EngineDeps } from '../deps.ts';
import type { Figures, RunRef, StepResult } from '../types.ts';

export async function withFigures(
  deps: EngineDeps,
  ref: RunRef,
  of: Vendor | Leg,
  step: Promise<StepResult>,
): Promise<StepResult> {
  const result = await step;
  try {
    const figures = await deps.db.tenant(ref.tenantId, (tx) => figuresOf(tx, ref, of));
    return { ...result, figures };
  } catch {
    // What the step did stands; the next one will report how far it is.
    return result;
  }
}

async function figuresOf(tx: Tx, { runId }: RunRef, of: Vendor | Leg): Promise<Figures> {
  if (of === 'hubspot' || of === 'pendo') return { read: { [of]: (await readTotals(tx, runId, of)).records } };
  const rows = await tx
    .selectFrom('deliveries')
    .select((eb) => ['state', eb.fn.countAll<string>().as('n')])
    .where('run_id', '=', runId)
    .where('leg', '=', of)
    .groupBy('state')
    .execute();
  const count = (state: string): number => Number(rows.find((row) => row.state === state)?.n ?? 0);
  return { delivered: { [of]: { accepted: count('accepted'), rejected: count('rejected') } } };
}
