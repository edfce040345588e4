/** Cuts the open range, which may hold a whole import, at borders found by search while it is being read. */
import { VendorError } from '../../sync/vendor-error.ts';
import type { ReadingRange } from './reading-range.ts';
import { pageSize } from './search-borders.ts';

export interface TailSearch {
  /** Starts a search, unless one is running or this range was the last to be searched. */
  start(open: ReadingRange): void;
  readonly running: boolean;
  /** Resolves when no border is being searched for any more. */
  settled(): Promise<void>;
}

export interface TailSearchParts {
  /** Calls `cutAt` with each border behind `from`, until it says that there is nothing left to cut. */
  search: (from: string, cutAt: (id: string) => Promise<boolean>) => Promise<void>;
  /** Cuts are made one at a time: each must see the ranges that the one before left. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** @returns the range behind the border, which is now the open one */
  cut: (open: ReadingRange, at: string) => Promise<ReadingRange>;
  /** The search is over; if it failed, then by what concerns search alone. */
  ended: () => void;
  /** Called instead with what would end the reading itself as well. */
  failed: (error: unknown) => void;
}

export function createTailSearch({ search, inTurn, cut, ended, failed }: TailSearchParts): TailSearch {
  let running = false;
  let settled: Promise<void> = Promise.resolve();
  /** The open range that borders were searched for last. */
  let tail: ReadingRange | undefined;

  /** Cuts what is left of the open range at a border that was found. False: there is nothing left of it. */
  function cutter(open: ReadingRange): (at: string) => Promise<boolean> {
    let last = open;
    return async (at) => {
      last = await inTurn(async () => {
        while (last.merging !== undefined) await last.merging;
        // The reader of the open range may have gone past a border that search, which lags, did not know.
        const passed = last.done || BigInt(at) <= BigInt(last.cursor ?? 0) + BigInt(pageSize);
        return passed ? last : cut(last, at);
      });
      return !last.done;
    };
  }

  return {
    start(open) {
      if (running || tail === open) return;
      tail = open;
      running = true;
      settled = search(open.cursor ?? '0', cutter(open)).then(
        () => {
          running = false;
          ended();
        },
        (error: unknown) => {
          running = false;
          // Borders are a matter of speed: where search does not serve, the ranges that there are are read on.
          if (isOfSearch(error)) ended();
          else failed(error);
        },
      );
    },
    get running() {
      return running;
    },
    settled: () => settled,
  };
}

/** Not what would end the reading itself as well. */
function isOfSearch(error: unknown): boolean {
  if (!(error instanceof VendorError)) return false;
  return error.kind !== 'unauthorised' && error.kind !== 'forbidden' && error.code !== 'ABORTED';
}
