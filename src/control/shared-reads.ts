/**
 * Reads that many ask for at once: hundreds of open tabs show the same run. Whoever asks while a read is waiting to begin shares
 * it, so an answer is never older than its request. The more a read costs, the longer the next one of its kind waits.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** A kind of read takes at most this share of the time, and nobody waits for longer than this. */
const share = 1 / 40;
const longestMs = 200;

interface Turn {
  /** Has not begun yet. */
  waiting: Promise<unknown> | undefined;
  /** Of the last that began. */
  running: Promise<unknown>;
  /** When the next may begin. */
  due: number;
}

export type SharedRead = <T>(what: string, read: () => Promise<T>) => Promise<T>;

/** @returns a function that reads `what` at most so often. What is equal must mean the same for whoever asks. */
export function createSharedReads(): SharedRead {
  const turns = new Map<string, Turn>();

  async function begin<T>(what: string, turn: Turn, read: () => Promise<T>): Promise<T> {
    await turn.running.catch(() => undefined);
    const wait = turn.due - performance.now();
    if (wait > 0) await sleep(wait);
    turn.waiting = undefined;
    const from = performance.now();
    const reading = read();
    turn.running = reading;
    try {
      return await reading;
    } finally {
      const took = performance.now() - from;
      turn.due = from + Math.min(longestMs, took / share);
      const forget = setTimeout(() => {
        if (turn.waiting === undefined && turn.running === reading) turns.delete(what);
      }, longestMs);
      forget.unref();
    }
  }

  return <T>(what: string, read: () => Promise<T>): Promise<T> => {
    let turn = turns.get(what);
    if (turn === undefined) {
      turn = { waiting: undefined, running: Promise.resolve(), due: 0 };
      turns.set(what, turn);
    }
    turn.waiting ??= begin(what, turn, read);
    return turn.waiting as Promise<T>;
  };
}
