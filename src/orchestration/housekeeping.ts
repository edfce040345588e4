/** What has to be done regularly and belongs to no run: alerts checked and delivered, old evidence dropped. */
import type { Logger } from 'pino';

export interface Chore {
  name: string;
  everyMs: number;
  work(): Promise<unknown>;
}

/** Runs every chore at its interval, one at a time each, the first time after one interval. @returns what stops them. */
export function startHousekeeping(chores: readonly Chore[], log: Logger): () => Promise<void> {
  const timers: NodeJS.Timeout[] = [];
  const underWay = new Set<Promise<unknown>>();
  for (const { name, everyMs, work } of chores) {
    let busy = false;
    timers.push(
      setInterval(() => {
        if (busy) return;
        busy = true;
        const turn = work()
          // The next turn is soon; what failed is tried again then.
          .catch((error: unknown) => log.warn({ err: error, chore: name }, 'housekeeping failed'))
          .finally(() => {
            busy = false;
            underWay.delete(turn);
          });
        underWay.add(turn);
      }, everyMs),
    );
  }
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all(underWay);
  };
}
