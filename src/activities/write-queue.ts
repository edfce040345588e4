/**
 * Writes of a step, some at a time: what waits meanwhile is taken together into one transaction. Many pages can so be
 * on their way at once without each holding a connection, or paying for a transaction of its own.
 */
import type { Tx } from '../db/index.ts';
import type { Step } from './step.ts';

export type QueueWrite = (work: (tx: Tx) => Promise<void>) => Promise<void>;

interface Waiting {
  work: (tx: Tx) => Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * @param writers transactions at once
 * @param most writes in one transaction; 1 where their locks must not be held together. A failure fails all of them.
 */
export function createWriteQueue(step: Pick<Step, 'write'>, writers: number, most: number): QueueWrite {
  const waiting: Waiting[] = [];
  let working = 0;

  const drain = async (): Promise<void> => {
    working++;
    for (let batch = waiting.splice(0, most); batch.length > 0; batch = waiting.splice(0, most)) {
      try {
        await step.write(async (tx) => {
          for (const { work } of batch) await work(tx);
        });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    working--;
  };

  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push({ work, resolve, reject });
      if (working < writers) void drain();
    });
}
