/** A range of ids that is being read, and how much of it there is left to share with another reader. */
import type { Range } from '../../db/runs/index.ts';
import { pageSize } from './search-borders.ts';

/** A range with so many pages left is shared with a reader that has none; what is shared costs up to a page more. */
export const worthSplitting = 20;

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

/** The range with the most pages left, if it is worth sharing and its border may move now. */
export function largestOf(ranges: Iterable<ReadingRange>): ReadingRange | undefined {
  let largest: ReadingRange | undefined;
  let most = 0;
  for (const range of ranges) {
    if (range.done || range.merging !== undefined || range.cutting !== undefined) continue;
    const left = pagesLeft(range);
    if (left > most) {
      most = left;
      largest = range;
    }
  }
  return most < worthSplitting ? undefined : largest;
}

/** The id in the middle of what is left of a range with a border. */
export function middleOf({ hi, cursor }: ReadingRange): string {
  const end = BigInt(hi as string);
  return String(end - (end - BigInt(cursor ?? 0)) / 2n);
}

/** As many as there would be if the rest of its ids stood as densely as those read. */
export function pagesLeft({ hi, cursor, seen, mirrored = 0 }: ReadingRange): number {
  if (hi === null || cursor === null || seen === undefined || seen.records < mirrored) return 0;
  const span = Number(BigInt(cursor) - seen.from);
  if (span <= 0) return 0;
  return (Number(BigInt(hi) - BigInt(cursor)) * (seen.records / span)) / pageSize;
}
