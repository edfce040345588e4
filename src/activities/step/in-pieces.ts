/** Long loops in pieces: a page of ten thousand records must not keep the calls of other steps from going out in time. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work before others get their turn, ms. */
const piece = 4;
/** Items between two looks at the clock. */
const look = 32;

/** As `items.map(work)`, with pauses for the rest of the process. */
export async function mapInPieces<T, R>(items: readonly T[], work: (item: T) => R): Promise<R[]> {
  const results: R[] = [];
  let since = performance.now();
  for (let at = 0; at < items.length; at++) {
    results.push(work(items[at] as T));
    if (at % look !== look - 1 || performance.now() - since < piece) continue;
    await nextTurn();
    since = performance.now();
  }
  return results;
}
