/** How many pages may be on their way at once, for what they weigh: memory holds a few pages of long texts, or many of short ones. */
import type { CrmRecord } from '../../hubspot/index.ts';

/** Characters in all of them together, about. */
const weightAtOnce = 24 * 1024 * 1024;
const fewestReaders = 4;

export interface Concurrency {
  readonly readers: number;
  /** Resolves when a page, or the mirror, has shown how heavy pages are. */
  readonly known: Promise<void>;
  weigh(characters: number): void;
}

export function createConcurrency(most: number): Concurrency {
  let heaviest = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    get readers() {
      return Math.max(fewestReaders, Math.min(most, Math.floor(weightAtOnce / Math.max(1, heaviest))));
    },
    known: promise,
    weigh(characters) {
      heaviest = Math.max(heaviest, characters);
      resolve();
    },
  };
}

export function weightOf(records: readonly CrmRecord[]): number {
  let weight = 0;
  for (const { properties } of records) {
    for (const value of Object.values(properties)) if (typeof value === 'string') weight += value.length;
  }
  return weight;
}
