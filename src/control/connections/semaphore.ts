/** Lets so many through at once, the others in the order in which they came. */
export type Semaphore = <T>(work: () => Promise<T>) => Promise<T>;

export function createSemaphore(places: number): Semaphore {
  const line: (() => void)[] = [];
  let free = places;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((turn) => line.push(turn));
    try {
      return await work();
    } finally {
      // The place is handed over rather than freed, so that nobody who comes now passes those who wait.
      const next = line.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
