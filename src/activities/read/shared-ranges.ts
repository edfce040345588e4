/**
 * The ranges of ids that a read of HubSpot's side is made of, and how its readers share them: a reader that runs out takes
 * half of a large one, and a long tail with no border is cut at borders found by search, while it is being read.
 */
import pLimit from 'p-limit';
import { splitRange } from '../../db/runs/index.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';
import { largestOf, middleOf, pagesLeft, type ReadingRange, worthSplitting } from './reading-range.ts';
import { pageSize, searchBorders } from './search-borders.ts';
import { createTailSearch } from './tail-search.ts';

export interface SharedRanges {
  /** A waiting range; else half of a large one; else, while borders are being searched for, the next to appear. */
  take(): Promise<ReadingRange | undefined>;
  /** A reader is through with it, or could not continue. */
  putBack(range: ReadingRange): void;
  /** Called after a page: what lies behind the last border may be a whole import, and is then shared as well. */
  grown(range: ReadingRange): void;
  /** Cuts the open range from the start: nothing is known of it. */
  search(): void;
  /** Ends the sharing; the first error counts. */
  fail(error: unknown): void;
  readonly failed: unknown;
  /** Resolves when no border is being searched for any more. */
  settled(): Promise<void>;
}

export function createSharedRanges(
  ref: RunRef,
  step: Step,
  ranges: readonly ReadingRange[],
  readers: number,
): SharedRanges {
  /** Not done yet and read by nobody. */
  const waiting = ranges.filter((range) => !range.done);
  const active = new Set<ReadingRange>();
  /** Of the readers that wait for a range to appear: each must be woken, whoever begins to wait meanwhile. */
  const sleepers: (() => void)[] = [];
  /** Cuts are made one at a time: each must see the ranges that the one before left. */
  const inTurn = pLimit(1);
  let failed: unknown;

  const wake = (): void => {
    for (const resolve of sleepers.splice(0)) resolve();
  };
  const fail = (error: unknown): void => {
    failed ??= error;
    wake();
  };
  const halveLargest = async (): Promise<ReadingRange | undefined> => {
    const largest = largestOf(active);
    return largest && cut(step, ref, largest, middleOf(largest));
  };
  const tail = createTailSearch({
    search: (from, cutAt) => searchBorders(step, ref, readers, from, cutAt),
    inTurn,
    async cut(open, at) {
      const behind = await cut(step, ref, open, at);
      waiting.push(behind);
      wake();
      return behind;
    },
    ended: wake,
    failed: fail,
  });

  return {
    async take() {
      for (;;) {
        const range = waiting.shift() ?? (await inTurn(halveLargest)) ?? waiting.shift();
        if (range !== undefined) {
          active.add(range);
          return range;
        }
        // What others are reading may yet be shared.
        if ((!tail.running && active.size === 0) || failed !== undefined || step.shouldYield()) return undefined;
        await new Promise<void>((resolve) => {
          sleepers.push(resolve);
        });
      }
    },
    putBack(range) {
      active.delete(range);
      range.merging = undefined;
      if (!range.done) waiting.unshift(range);
      // One may have come back to be read, or the last one is done and nobody has to wait any more.
      if (!range.done || active.size === 0 || step.shouldYield()) wake();
    },
    grown(range) {
      if (pagesLeft(range) >= worthSplitting) wake();
      if (range.hi === null && (range.seen?.records ?? 0) >= worthSplitting * pageSize) tail.start(range);
    },
    search() {
      const open = waiting.find((range) => range.hi === null);
      if (open !== undefined) tail.start(open);
    },
    fail,
    get failed() {
      return failed;
    },
    settled: tail.settled,
  };
}

/**
 * Gives away `(at, hi]`. The border moves in memory first, so that a page that is on its way keeps to it; that page is
 * merged only when the border has moved in the database too, or the range could end there with nobody behind it.
 */
async function cut(step: Step, ref: RunRef, range: ReadingRange, at: string): Promise<ReadingRange> {
  const before = { ...range };
  range.hi = at;
  const moved = step.write((tx) => splitRange(tx, ref.tenantId, ref.runId, 'hubspot', before, at));
  range.cutting = moved;
  const given = await moved;
  range.cutting = undefined;
  return given;
}
