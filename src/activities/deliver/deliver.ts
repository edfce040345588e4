/**
 * Works through what a leg owes, some batches at a time. Each answered batch is one transaction; what was not
 * answered stays owed, so a crash repeats at most the batches that were on their way, with the same values.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { DeliveryScope, OwedRow } from '../../db/deliver/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Run } from '../../db/runs/index.ts';
import { targetsOf } from '../../sync/mapping.ts';
import { keptTextAbout } from '../../sync/vendor-words.ts';
import type { EngineDeps } from '../deps.ts';
import { planOf } from '../read/row-rules.ts';
import { createProgressMeter } from '../step/progress.ts';
import { runWritingStep, type Step } from '../step/step.ts';
import type { RunRef, StepResult } from '../types.ts';
import { type Canaries, createCanaries, type Send } from './canaries.ts';
import type { BatchAnswer, Carrier } from './carrier.ts';
import { withoutDropped } from './dropped-fields.ts';
import { createOwedList } from './owed-list.ts';
import { createAnswerRecorder, type RecordedAnswer } from './record-answers.ts';

const hour = 3_600_000;
/** Times that both sides are read anew because what was read grew old. */
const mostRounds = 2;
/** Between the first calls of two carriers, ms. */
const betweenStarts = 3;

export function deliver(deps: EngineDeps, ref: RunRef, carrier: Carrier): Promise<StepResult> {
  return runWritingStep(deps, ref, carrier.leg, 'deliver', async (step) => {
    const { run } = step;
    // Settling says so already; a dry run that writes would be the worst of surprises.
    if (run.dry_run) return { kind: 'done' };
    if (isStale(run, deps.clock())) return { kind: 'stale' };
    const scope: DeliveryScope = {
      ...ref,
      leg: carrier.leg,
      targets: carrier.leg === 'pull' ? targetsOf(planOf(run), run.config) : undefined,
    };
    const owed = await step.read((tx) => countOwed(tx, scope));
    const list = createOwedList(step, scope, carrier.batchSize);
    const canaries = await createCanaries(deps, step, ref, carrier);
    const send = createSender(step, carrier, canaries, createAnswerRecorder(step, scope, deps.clock));
    const meter = createProgressMeter(owed.all - owed.left, owed.all);
    let failed: unknown;

    const carry = async (): Promise<void> => {
      while (failed === undefined && !step.shouldYield()) {
        // What fails is reported when the batches on their way have been answered: they are recorded all the same.
        try {
          const batch = await list.take();
          if (batch.length === 0) return;
          const { again, failure } = await canaries.send(batch, send);
          if (failure !== undefined) failed ??= failure;
          else if (again.length > 0) list.repeat(again);
          step.show({ [carrier.leg]: meter.add(batch.length - again.length) });
        } catch (error) {
          failed ??= error;
        }
      }
    };
    // Repeat until a sender finds nothing left to send.
    do {
      // Not all at once: a burst is counted as it is served, later than the budget's margin allows for.
      await Promise.all(Array.from({ length: carrier.inFlight }, (_, n) => sleep(n * betweenStarts).then(carry)));
    } while (failed === undefined && list.repeats && !step.shouldYield());
    if (failed !== undefined) throw failed;
    return list.finished ? { kind: 'done' } : { kind: 'again', progressed: true };
  });
}

/**
 * What was read may be too old to be written. Reading that itself takes longer than the setting would be repeated for ever: after
 * two rounds it is as good as it gets, and after one where the day's calls were too few for it: they are of more use for what is
 * owed.
 */
function isStale(run: Run, now: number): boolean {
  const worthRepeating = run.read_round <= mostRounds && run.learnt.quotaRound !== run.read_round;
  return now - (run.read_at?.getTime() ?? 0) > run.config.rereadHours * hour && worthRepeating;
}

async function countOwed(tx: Tx, { runId, leg }: DeliveryScope): Promise<{ left: number; all: number }> {
  const { rows } = await sql<{ owed: string; all: string }>`
    select count(*) filter (where state = 'owed') as owed, count(*) as all
    from deliveries where run_id = ${runId}::bigint and leg = ${leg}`.execute(tx);
  return { left: Number(rows[0]?.owed ?? 0), all: Number(rows[0]?.all ?? 0) };
}

/** The vendor's texts without what they quote of the batch: each is kept with rows of other people, too. */
function withKeptTexts(rows: readonly OwedRow[], answer: BatchAnswer): BatchAnswer {
  const kept = keptTextAbout(() =>
    rows.flatMap(({ hubspotId, pendoId, key, changes }) => [hubspotId, pendoId, key, ...Object.values(changes).flat()]),
  );
  return {
    ...answer,
    rejected: answer.rejected.map((row) =>
      row.vendorText === undefined ? row : { ...row, vendorText: kept(row.vendorText) },
    ),
    dropped: answer.dropped.map((field) => ({ ...field, message: kept(field.message) })),
  };
}

const noAnswer: BatchAnswer = { accepted: [], rejected: [], dropped: [], again: [] };

/** Sends rows without the fields that were dropped or cannot be written, and has the answer recorded. */
function createSender(
  step: Step,
  { leg, send }: Carrier,
  canaries: Canaries,
  record: (answer: RecordedAnswer) => Promise<void>,
): Send {
  const ofLeg = step.run.dropped.filter((field) => field.leg === leg);
  const dropped = new Map(ofLeg.map((field) => [field.field, field.message]));
  return async (batch, prepare) => {
    const { rows: writable, withheld } = canaries.withoutWithheld(batch);
    const { rows, emptied } = withoutDropped(writable, dropped);
    const flock = rows.length === 0 ? undefined : await prepare?.(rows);
    const refused = await canaries.explain(rows, rows.length === 0 ? noAnswer : await send(rows, step));
    const answer = withKeptTexts(rows, refused.answer);
    const found = (await flock?.check(answer)) ?? { accepted: answer.accepted, withheld: [], answers: {} };
    const news = answer.dropped.filter(({ field }) => !dropped.has(field));
    const leftOut = new Map(rows.map((row) => [row.seq, row.leftOut]));
    await record({
      accepted: found.accepted.map((row) => ({ ...row, leftOut: leftOut.get(row.seq) })),
      rejected: [...answer.rejected, ...emptied],
      notCreated: answer.notCreated ?? [],
      dropped: news.map((field) => ({ leg, ...field })),
      withheld: [...withheld, ...refused.withheld, ...found.withheld],
      answers: { ...refused.answers, ...found.answers },
    });
    for (const { field, message } of news) dropped.set(field, message);
    if (answer.accepted.length > 0) step.progressed();
    return { again: answer.again, failure: answer.failure ?? found.failure };
  };
}

/** The values of a row, canonical, as they count once accepted. */
export function wantedOf(row: OwedRow): Record<string, string | null> {
  return Object.fromEntries(Object.entries(row.changes).map(([field, [, wanted]]) => [field, wanted]));
}
