/** What a few bad rows cost the others of their batch. */
import { describe, expect, test } from 'vitest';
import { bisect } from '../../src/egress/bisect.ts';

/** A vendor that refuses every batch with a bad row in it. */
async function deliver(size: number, bad: (row: number) => boolean, stopAfter = Number.POSITIVE_INFINITY) {
  const taken: number[] = [];
  const rejected: number[] = [];
  let calls = 0;
  const unsent = await bisect(
    Array.from({ length: size }, (_, n) => n),
    {
      async send(rows) {
        calls += 1;
        if (rows.some(bad)) return 'refused';
        taken.push(...rows);
        return undefined;
      },
      reject: (rows) => rejected.push(...rows),
      anyTaken: () => taken.length > 0,
      stopped: () => calls > stopAfter,
    },
  );
  const ascending = (rows: number[]): number[] => rows.sort((a, b) => a - b);
  return { taken: ascending(taken), rejected: ascending(rejected), unsent: ascending(unsent), calls };
}

const upTo = (n: number, from = 0): number[] => Array.from({ length: n - from }, (_, i) => from + i);

describe('a batch with bad rows', () => {
  test('loses only these, however they lie', async () => {
    for (const size of [100, 500]) {
      for (const bad of [[0], [size - 1], [3, 77], upTo(13), upTo(size / 2), upTo(size - 13, 12)]) {
        const set = new Set(bad);
        const { taken, rejected, unsent, calls } = await deliver(size, (row) => set.has(row));
        expect(rejected).toEqual(bad);
        expect(taken).toHaveLength(size - bad.length);
        expect(unsent).toEqual([]);
        // One among 100 takes 14, one among 500 takes 18.
        expect(calls - 1).toBeLessThanOrEqual((size === 100 ? 14 : 18) * bad.length);
      }
    }
  });

  test('that are all there is, is given up after a few calls', async () => {
    const { taken, rejected, calls } = await deliver(500, () => true);
    expect(taken).toEqual([]);
    expect(rejected).toHaveLength(500);
    expect(calls).toBeLessThan(45);
  });

  test('is stopped with all rows accounted for', async () => {
    const { taken, rejected, unsent } = await deliver(100, (row) => row === 99, 4);
    expect(rejected).toEqual([]);
    expect(taken.length + unsent.length).toBeGreaterThan(70);
    expect(new Set([...taken, ...unsent]).size).toBe(taken.length + unsent.length);
  });
});
