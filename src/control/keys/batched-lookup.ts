/**
 * Secrets that requests present are looked up together: however many come at once, wrong ones among them, a few statements
 * answer them all. A wrong one therefore costs little, and nobody has to be turned away before the lookup.
 */
import type { Database, Tx } from '../../db/index.ts';

export interface Lookup<Row> {
  /** What has this hash and may be used now. PendingLookup after the call began, so that a revocation counts at once. */
  find(hash: Buffer): Promise<Row | undefined>;
}

/** Statements under way at once, and hashes in one of them. */
const atOnce = 2;
const together = 500;
/** So many in one statement are tabs that ask by themselves, and not people who wait: the next one gathers for longer. */
const many = 10;
const longer = 4;

interface PendingLookup<Row> {
  hash: Buffer;
  answer: (row: Row | undefined) => void;
  fail: (error: unknown) => void;
}

/**
 * @param read finds the usable rows of these hashes; the answer to each hash is the row whose `hash` equals it.
 * @param paceMs one statement in this time, where several ask, and in four times as much where many do: they are answered together
 */
export function createLookup<Row extends { hash: Buffer }>(
  { db, clock }: { db: Database; clock: () => number },
  read: (tx: Tx, hashes: Buffer[], now: number) => Promise<Row[]>,
  paceMs = 0,
): Lookup<Row> {
  const waiting: PendingLookup<Row>[] = [];
  let underWay = 0;
  let due = 0;

  const next = (): void => {
    if (underWay >= atOnce || waiting.length === 0) return;
    const early = due - performance.now();
    if (early > 0) return void setTimeout(next, early);
    underWay += 1;
    const batch = waiting.splice(0, together);
    due = performance.now() + (batch.length < many ? paceMs : longer * paceMs);
    const hashes = batch.map(({ hash }) => hash);
    db.platform((tx) => read(tx, hashes, clock()))
      .then((rows) => {
        const byHash = new Map(rows.map((row) => [row.hash.toString('hex'), row]));
        for (const { hash, answer } of batch) answer(byHash.get(hash.toString('hex')));
      })
      .catch((error: unknown) => {
        for (const { fail } of batch) fail(error);
      })
      .finally(() => {
        underWay -= 1;
        next();
      });
  };

  return {
    find: (hash) =>
      new Promise((answer, fail) => {
        waiting.push({ hash, answer, fail });
        next();
      }),
  };
}
