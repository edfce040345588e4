/** The list of what a leg owes, batch by batch, for many carriers at once. */
import { type DeliveryScope, nextOwed, type OwedRow } from '../../db/deliver/index.ts';
import type { Step } from '../step/step.ts';

/** Batches that one look at the list brings, and characters: what is ahead is held in memory. */
const batchesAhead = 10;
const weightAhead = 8 * 1024 * 1024;

export interface OwedList {
  /** Of one kind: creations go by another call than updates. Empty: there is nothing to send now. */
  take(): Promise<OwedRow[]>;
  /** These have to be sent once more. */
  repeat(rows: OwedRow[]): void;
  /** Are there rows to repeat? They can appear after other carriers have found nothing. */
  readonly repeats: boolean;
  /** Everything was taken, and nothing is to be repeated. */
  readonly finished: boolean;
}

export function createOwedList(step: Step, scope: DeliveryScope, batchSize: number): OwedList {
  const repeats: OwedRow[][] = [];
  let after = '0';
  let ahead: OwedRow[] = [];
  let listed = false;
  let exhausted = false;
  let fetching: Promise<unknown> = Promise.resolve();

  const next = async (): Promise<OwedRow[]> => {
    const again = repeats.shift();
    if (again) return again;
    if (exhausted) return [];
    if (ahead.length < batchSize && weigh(ahead) < weightAhead && !listed) {
      const most = { rows: batchSize * batchesAhead, weight: weightAhead };
      const found = await step.read((tx) => nextOwed(tx, scope, after, most));
      after = found.rows.at(-1)?.seq ?? after;
      listed = found.whole;
      ahead.push(...found.rows);
    }
    const creating = ahead[0]?.kind === 'create';
    const cut = ahead.slice(0, batchSize).findIndex((row) => (row.kind === 'create') !== creating);
    const batch = ahead.slice(0, cut === -1 ? batchSize : cut);
    ahead = ahead.slice(batch.length);
    exhausted = listed && ahead.length === 0;
    return batch;
  };

  return {
    take() {
      const mine = fetching.then(next);
      fetching = mine.catch(() => undefined);
      return mine;
    },
    repeat: (rows) => void repeats.push(rows),
    get repeats() {
      return repeats.length > 0;
    },
    get finished() {
      return exhausted && repeats.length === 0;
    },
  };
}

function weigh(rows: readonly OwedRow[]): number {
  return rows.reduce((sum, { weight }) => sum + weight, 0);
}
