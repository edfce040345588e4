/**
 * Writes of a step, some at a time: what waits meanwhile is taken together into one transaction. Many pages can so be
 * on their way at once without each holding a connection, or paying for a transaction of its own.
 */

interface QueuedWrite<T> {
  item: T;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export interface WriteQueueOptions<T> {
  /** Writes several items together. When it fails, all of them have failed. */
  write(items: T[]): Promise<void>;
  /** How many such writes at once. */
  writers: number;
  /** Items in one of them. */
  most: number;
}

/** @returns what puts an item into the queue; resolves when it is written. */
export function createWriteQueue<T>({ write, writers, most }: WriteQueueOptions<T>): (item: T) => Promise<void> {
  const waiting: QueuedWrite<T>[] = [];
  let working = 0;

  const drain = async (): Promise<void> => {
    working++;
    for (let some = waiting.splice(0, most); some.length > 0; some = waiting.splice(0, most)) {
      try {
        await write(some.map(({ item }) => item));
        for (const { resolve } of some) resolve();
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    working--;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (working < writers) void drain();
    });
}
