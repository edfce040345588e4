import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, in words: it becomes part of the error. */
  what: string;
  timeoutMs: number;
  everyMs?: number;
}

/**
 * Asks again and again until `probe` answers with something other than undefined. A probe that throws counts as
 * "not yet"; the last reason is kept and told when time is up.
 */
export async function waitUntil<T>(probe: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (error instanceof GiveUp) throw error;
      last = error;
    }
    if (Date.now() > deadline) {
      const reason = last instanceof Error ? `: ${last.message}` : '';
      throw new Error(`${options.what} did not happen within ${options.timeoutMs / 1000} s${reason}`, { cause: last });
    }
    await sleep(options.everyMs ?? 50);
  }
}

/** Thrown by a probe that knows that waiting longer is useless. */
export class GiveUp extends Error {
  override name = 'GiveUp';
}
