/**
 * The ranges of ids that a read of HubSpot's side is made of, and how its readers share them: a reader that runs out takes
 * half of a large one, and a long tail with no border is cut at borders found by search, while it is being read.
 */
import { type Range, splitRange } from '../../db/runs/index.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';
import { pageSize, searchBorders } from './search-borders.ts';

const side = 'hubspot';
/** A range with so many pages left is shared with a reader that has none; what is shared costs up to a page more. */
const worthSplitting = 20;

export interface ReadingRange extends Range {
  /** A page of it has arrived and is being merged, so its border may not move now. */
  merging?: Promise<void> | undefined;
  /** Its border is being moved in the database; stays when that failed, and then nothing more of it may be merged. */
  cutting?: Promise<unknown> | undefined;
  /** What this step has read of it: how densely its ids stand. */
  seen?: { from: bigint; records: number };
  /** Records that the mirror has of it. Until it turns out to be larger, there is nothing to share. */
  mirrored?: number;
}

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
  let turn: Promise<unknown> = Promise.resolve();
  let searching = false;
  let searched: Promise<void> = Promise.resolve();
  /** The open range that borders were searched for last. */
  let tail: ReadingRange | undefined;
  let failed: unknown;

  const wake = (): void => {
    for (const resolve of sleepers.splice(0)) resolve();
  };

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  /**
   * Gives away `(at, hi]`. The border moves in memory first, so that a page that is on its way keeps to it; that page is
   * merged only when the border has moved in the database too, or the range could end there with nobody behind it.
   */
  async function cut(range: ReadingRange, at: string): Promise<ReadingRange> {
    const before = { ...range };
    range.hi = at;
    const moved = step.write((tx) => splitRange(tx, ref.tenantId, ref.runId, side, before, at));
    range.cutting = moved;
    const given = await moved;
    range.cutting = undefined;
    return given;
  }

  async function halveLargest(): Promise<ReadingRange | undefined> {
    let largest: ReadingRange | undefined;
    let most = 0;
    for (const range of active) {
      if (range.done || range.merging !== undefined || range.cutting !== undefined) continue;
      const left = pagesLeft(range);
      if (left > most) {
        most = left;
        largest = range;
      }
    }
    if (largest === undefined || most < worthSplitting) return undefined;
    const hi = BigInt(largest.hi as string);
    return cut(largest, String(hi - (hi - BigInt(largest.cursor ?? 0)) / 2n));
  }

  /** Cuts what is left of the open range at a border that was found. False: there is nothing left of it. */
  function cutter(open: ReadingRange): (at: string) => Promise<boolean> {
    let last = open;
    return async (at) => {
      // The reader of the open range may have gone past a border that search, which lags, did not know.
      last = await inTurn(async () => {
        while (last.merging !== undefined) await last.merging;
        if (last.done || BigInt(at) <= BigInt(last.cursor ?? 0) + BigInt(pageSize)) return last;
        const next = await cut(last, at);
        waiting.push(next);
        wake();
        return next;
      });
      return !last.done;
    };
  }

  function search(open: ReadingRange | undefined): void {
    if (open === undefined || searching || tail === open) return;
    tail = open;
    searching = true;
    searched = searchBorders(step, ref, readers, open.cursor ?? '0', cutter(open))
      .catch((error: unknown) => {
        // Borders are a matter of speed: where search does not serve, the ranges that there are are read on.
        if (!(error instanceof VendorError) || decisive(error)) failed ??= error;
      })
      .finally(() => {
        searching = false;
        wake();
      });
  }

  return {
    async take() {
      for (;;) {
        const range = waiting.shift() ?? (await inTurn(halveLargest)) ?? waiting.shift();
        if (range !== undefined) {
          active.add(range);
          return range;
        }
        // What others are reading may yet be shared.
        if ((!searching && active.size === 0) || failed !== undefined || step.shouldYield()) return undefined;
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
      if (range.hi === null && (range.seen?.records ?? 0) >= worthSplitting * pageSize) search(range);
    },
    search: () => search(waiting.find((range) => range.hi === null)),
    fail(error) {
      failed ??= error;
      wake();
    },
    get failed() {
      return failed;
    },
    settled: () => searched,
  };
}

/** What would end the reading itself as well. */
function decisive({ kind, code }: VendorError): boolean {
  return kind === 'unauthorised' || kind === 'forbidden' || code === 'ABORTED';
}

/** As many as there would be if the rest of its ids stood as densely as those read. */
function pagesLeft({ hi, cursor, seen, mirrored = 0 }: ReadingRange): number {
  if (hi === null || cursor === null || seen === undefined || seen.records < mirrored) return 0;
  const span = Number(BigInt(cursor) - seen.from);
  if (span <= 0) return 0;
  return (Number(BigInt(hi) - BigInt(cursor)) * (seen.records / span)) / pageSize;
}
