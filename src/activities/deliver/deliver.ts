/**
 * Works through what a leg owes, some batches at a time. Each answered batch is one transaction; what was not
 * answered stays owed, so a crash repeats at most the batches that were on their way, with the same values.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type NotCreatedDelivery, noteFiledElsewhere, recordNotCreated } from '../../db/creations.ts';
import {
  type AcceptedDelivery,
  nextOwed,
  type OwedRow,
  type RejectedDelivery,
  recordAnswer,
} from '../../db/deliver.ts';
import type { Tx } from '../../db/index.ts';
import { toJsonb } from '../../db/jsonb.ts';
import type { DroppedField, Leg } from '../../db/schema.ts';
import { targetsOf } from '../../sync/mapping.ts';
import type { EngineDeps } from '../deps.ts';
import { planOf } from '../read/row-rules.ts';
import { createProgressMeter } from '../step/progress.ts';
import { runWritingStep, type Step } from '../step/step.ts';
import { createWriteQueue } from '../step/write-queue.ts';
import type { RunRef, StepResult } from '../types.ts';

export interface BatchAnswer {
  accepted: AcceptedDelivery[];
  rejected: RejectedDelivery[];
  /** Refused for everyone: dropped for the run. The rows come again without them. */
  dropped: Omit<DroppedField, 'leg'>[];
  /** To be sent again, without what was dropped. */
  again: OwedRow[];
  /** Creations that were not even tried: their keys belong to somebody. */
  notCreated?: NotCreatedDelivery[];
  /** What ended the batch when some of its rows had their answer; the others stay owed. */
  failure?: unknown;
}

export interface Carrier {
  leg: Leg;
  batchSize: number;
  inFlight: number;
  /** All rows of one kind group: updates and clears together, creations apart. */
  send(rows: OwedRow[], step: Step): Promise<BatchAnswer>;
}

const hour = 3_600_000;
/** Times that both sides are read anew because what was read grew old. */
const mostRounds = 2;
/** Between the first calls of two carriers, ms. */
const betweenStarts = 3;
/** Batches that one look at the list brings, and characters: what is ahead is held in memory. */
const batchesAhead = 10;
const weightAhead = 8 * 1024 * 1024;
/** Answers recorded together. One such writer a leg: both legs lock pairs in the same order, and wait for each other little. */
const answersAtOnce = 8;

export function deliver(deps: EngineDeps, ref: RunRef, carrier: Carrier): Promise<StepResult> {
  return runWritingStep(deps, ref, carrier.leg, 'deliver', async (step) => {
    const { run } = step;
    // Settling says so already; a dry run that writes would be the worst of surprises.
    if (run.dry_run) return { kind: 'done' };
    const scope = {
      ...ref,
      leg: carrier.leg,
      targets: carrier.leg === 'pull' ? targetsOf(planOf(run), run.config) : undefined,
    };
    // Reading that itself takes longer than the setting would be repeated for ever: after two rounds it is as good as it gets,
    // and after one where the day's calls were too few for it: they are of more use for what is owed.
    const age = deps.clock() - (run.read_at?.getTime() ?? 0);
    const worthRepeating = run.read_round <= mostRounds && run.learnt.quotaRound !== run.read_round;
    if (age > run.config.rereadHours * hour && worthRepeating) return { kind: 'stale' };
    const dropped = new Map(
      run.dropped.filter((field) => field.leg === carrier.leg).map((field) => [field.field, field.message]),
    );
    const owed = await step.read(async (tx) => {
      const { rows } = await sql<{ owed: string; all: string }>`
        select count(*) filter (where state = 'owed') as owed, count(*) as all
        from deliveries where run_id = ${ref.runId}::bigint and leg = ${carrier.leg}`.execute(tx);
      return { left: Number(rows[0]?.owed ?? 0), all: Number(rows[0]?.all ?? 0) };
    });
    const meter = createProgressMeter(owed.all - owed.left, owed.all);
    const repeats: OwedRow[][] = [];
    const record = createWriteQueue<RecordedAnswer>({
      writers: 1,
      most: answersAtOnce,
      write: (answers) =>
        step.answered(async (tx, moved) => {
          for (const entry of answers.flatMap(({ dropped: news }) => news)) await noteDropped(tx, ref, entry);
          // What was sent before a move to another portal is nothing to remember there.
          await recordAnswer(tx, { ...scope, forgets: moved }, deps.clock(), {
            accepted: answers.flatMap(({ accepted }) => accepted),
            rejected: answers.flatMap(({ rejected }) => rejected),
          });
          await recordNotCreated(
            tx,
            scope,
            answers.flatMap(({ notCreated }) => notCreated),
          );
          const elsewhere = answers
            .flatMap(({ rejected }) => rejected)
            .filter(({ code }) => code === 'FILED_ELSEWHERE');
          await noteFiledElsewhere(
            tx,
            scope,
            elsewhere.map(({ seq }) => seq),
          );
        }),
    });
    let after = '0';
    let ahead: OwedRow[] = [];
    let listed = false;
    let exhausted = false;
    let fetching: Promise<unknown> = Promise.resolve();
    let failed: unknown;

    const take = (): Promise<OwedRow[]> => {
      const mine = fetching.then(async () => {
        const again = repeats.shift();
        if (again) return again;
        if (exhausted) return [];
        if (ahead.length < carrier.batchSize && weigh(ahead) < weightAhead && !listed) {
          const most = { rows: carrier.batchSize * batchesAhead, weight: weightAhead };
          const next = await step.read((tx) => nextOwed(tx, scope, after, most));
          after = next.rows.at(-1)?.seq ?? after;
          listed = next.whole;
          ahead.push(...next.rows);
        }
        // Creations go by another call than updates: a batch is of one kind.
        const creating = ahead[0]?.kind === 'create';
        const cut = ahead.slice(0, carrier.batchSize).findIndex((row) => (row.kind === 'create') !== creating);
        const batch = ahead.slice(0, cut === -1 ? carrier.batchSize : cut);
        ahead = ahead.slice(batch.length);
        exhausted = listed && ahead.length === 0;
        return batch;
      });
      fetching = mine.catch(() => undefined);
      return mine;
    };

    const carry = async (): Promise<void> => {
      while (failed === undefined && !step.shouldYield()) {
        // What fails is reported when the batches on their way have been answered: they are recorded all the same.
        try {
          const batch = await take();
          if (batch.length === 0) return;
          const { rows, emptied } = withoutDropped(batch, dropped);
          const answer: BatchAnswer =
            rows.length === 0 ? { accepted: [], rejected: [], dropped: [], again: [] } : await carrier.send(rows, step);
          const news = answer.dropped.filter(({ field }) => !dropped.has(field));
          const leftOut = new Map(rows.map((row) => [row.seq, row.leftOut]));
          await record({
            accepted: answer.accepted.map((row) => ({ ...row, leftOut: leftOut.get(row.seq) })),
            rejected: [...answer.rejected, ...emptied],
            notCreated: answer.notCreated ?? [],
            dropped: news.map((field) => ({ leg: carrier.leg, ...field })),
          });
          for (const { field, message } of news) dropped.set(field, message);
          if (answer.failure !== undefined) failed ??= answer.failure;
          else if (answer.again.length > 0) repeats.push(answer.again);
          if (answer.accepted.length > 0) step.progressed();
          step.show({ [carrier.leg]: meter.add(batch.length - answer.again.length) });
        } catch (error) {
          failed ??= error;
        }
      }
    };
    // A repeat can appear after the other carriers have found nothing: the round goes on until one finds all done.
    do {
      // Not all at once: a burst is counted as it is served, later than the budget's margin allows for.
      await Promise.all(Array.from({ length: carrier.inFlight }, (_, n) => sleep(n * betweenStarts).then(carry)));
    } while (failed === undefined && repeats.length > 0 && !step.shouldYield());
    if (failed !== undefined) throw failed;
    return exhausted && repeats.length === 0 ? { kind: 'done' } : { kind: 'again', progressed: true };
  });
}

function weigh(rows: readonly OwedRow[]): number {
  return rows.reduce((sum, { weight }) => sum + weight, 0);
}

interface RecordedAnswer {
  accepted: AcceptedDelivery[];
  rejected: RejectedDelivery[];
  notCreated: NotCreatedDelivery[];
  dropped: DroppedField[];
}

async function noteDropped(tx: Tx, { runId }: RunRef, field: DroppedField): Promise<void> {
  const entry = toJsonb([field]);
  // Two batches that were refused for the same property report it once.
  await sql`
    update runs set dropped = dropped || ${entry}::jsonb
    where id = ${runId}::bigint and not dropped @> ${JSON.stringify([{ leg: field.leg, field: field.field }])}::jsonb`.execute(
    tx,
  );
}

/** Takes dropped fields out of rows; a row with nothing left is refused for that reason. @param dropped with the vendor's text */
function withoutDropped(
  rows: OwedRow[],
  dropped: ReadonlyMap<string, string>,
): { rows: OwedRow[]; emptied: RejectedDelivery[] } {
  if (dropped.size === 0) return { rows, emptied: [] };
  const kept: OwedRow[] = [];
  const emptied: RejectedDelivery[] = [];
  for (const row of rows) {
    const leaving = Object.keys(row.changes).filter((field) => dropped.has(field));
    const changes = Object.fromEntries(Object.entries(row.changes).filter(([field]) => !dropped.has(field)));
    if (leaving.length === 0) kept.push(row);
    else if (Object.keys(changes).length > 0 || row.kind === 'create') {
      kept.push({ ...row, changes, leftOut: [...(row.leftOut ?? []), ...leaving] });
    } else {
      const [property] = leaving as [string];
      emptied.push({
        seq: row.seq,
        code: 'FIELD_DROPPED',
        property,
        message: 'The field was refused for every record of this run, and nothing else was owed here.',
        vendorText: dropped.get(property),
      });
    }
  }
  return { rows: kept, emptied };
}

/** The values of a row, canonical, as they count once accepted. */
export function wantedOf(row: OwedRow): Record<string, string | null> {
  return Object.fromEntries(Object.entries(row.changes).map(([field, [, wanted]]) => [field, wanted]));
}
