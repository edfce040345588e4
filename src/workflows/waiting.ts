/** How long a run waits, in ms. */

const minute = 60_000;

/** After the n-th fault in a row without progress. */
export function faultPause(faults: number): number {
  const doubling = 2000 * 2 ** Math.min(faults - 1, 5);
  return faults > 20 ? 5 * minute : Math.min(doubling, minute);
}

/** Without any progress for so long, a run gives up; the next one carries on. */
export const defaultPatienceMs = 24 * 60 * minute;

/** While paused: how long until the database is asked again, should the signal to resume have been lost. */
export function pausedLook(looks: number): number {
  return Math.min(minute * 2 ** Math.min(looks, 6), 60 * minute);
}
