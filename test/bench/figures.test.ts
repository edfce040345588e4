/** The arithmetic of the benchmark: what the limit allows, and what any ten seconds held. */
import { describe, expect, test } from 'vitest';
import { busiestWindow, jsonLine, ofLimit, quickestMs } from '../../bench/figures.ts';
import { readOptions } from '../../bench/options.ts';

describe('how near to the limit a phase came', () => {
  test.each([
    // The opening burst of a whole window is free; the call after it waits for the window.
    { calls: 100, tier: 100, quickest: 300 },
    { calls: 101, tier: 100, quickest: 10_300 },
    { calls: 600, tier: 100, quickest: 50_300 },
    { calls: 600, tier: 110, quickest: 50_300 },
    { calls: 600, tier: 190, quickest: 30_300 },
    { calls: 600, tier: 250, quickest: 20_300 },
    { calls: 1, tier: 250, quickest: 300 },
    { calls: 0, tier: 250, quickest: 0 },
  ])('$calls calls at $tier per ten seconds take at least $quickest ms', ({ calls, tier, quickest }) => {
    expect(quickestMs({ calls, tier, roundTripMs: 300 })).toBe(quickest);
  });

  test('calls made just before hold their places until their ten seconds are over', () => {
    const paced = { tier: 100, roundTripMs: 300 };
    // 97 at once, three when those before are ten seconds old, at nine; 97 more at ten, and the next three at nineteen.
    expect(quickestMs({ ...paced, calls: 197, before: [1000, 1000, 1000] })).toBe(10_300);
    expect(quickestMs({ ...paced, calls: 198, before: [1000, 1000, 1000] })).toBe(19_300);
    expect(quickestMs({ ...paced, calls: 100, before: [1000, 4000] })).toBe(9300);
    expect(quickestMs({ ...paced, calls: 98, before: [1000, 4000] })).toBe(300);
  });

  test('twice the quickest is half of the limit, and a rate in calls per second would have flattered', () => {
    expect(ofLimit({ calls: 600, tier: 250, roundTripMs: 300, tookMs: 40_600 })).toBe(0.5);
    expect(ofLimit({ calls: 600, tier: 250, roundTripMs: 300, tookMs: 24_000 })).toBeLessThan(0.85);
  });
});

describe('the busiest ten seconds', () => {
  test('are found wherever they begin, in a log of any order', () => {
    const spread = Array.from({ length: 50 }, (_, n) => n * 1000);
    expect(busiestWindow([...spread, 20_001, 20_002, 20_003].reverse())).toBe(13);
  });

  test('do not hold the call that comes exactly ten seconds after the first', () => {
    expect(busiestWindow([0, 5000, 10_000])).toBe(2);
    expect(busiestWindow([0, 5000, 9999])).toBe(3);
    expect(busiestWindow([])).toBe(0);
  });
});

test('the line for machines has every key for every figure', () => {
  const line = JSON.parse(jsonLine([{ name: 'read.tier100', value: 990, unit: 'records/s', ofLimit: 0.99 }]));
  expect(line).toEqual({
    figures: [
      {
        name: 'read.tier100',
        value: 990,
        unit: 'records/s',
        limit: null,
        ofLimit: 0.99,
        script: null,
        timesScript: null,
      },
    ],
  });
});

describe('the command line', () => {
  test('measures everything at every tier where nothing else is asked', () => {
    expect(readOptions([])).toMatchObject({ records: 30_000, latency: 300, tiers: [100, 110, 190, 250], script: true });
  });

  test.each([
    ['--only', 'speed'],
    ['--records', 'many'],
    ['--records', '3'],
    ['--latency', '-1'],
  ])('refuses %s %s by name', (option, value) => {
    expect(() => readOptions([`${option}=${value}`])).toThrow(option);
  });
});
