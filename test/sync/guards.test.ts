import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { syncConfigSchema } from '../../src/sync/config.ts';
import { countGuard, creationGuard, isDegraded, valueGuard } from '../../src/sync/guards.ts';

const { guards, degraded } = syncConfigSchema.parse({ joinKey: { property: 'email' } });

describe('values', () => {
  const trips = (toNothing: number, something: number, settings = guards): boolean =>
    valueGuard([{ leg: 'push', field: 'f', something, toNothing }], settings).length > 0;

  test.each([
    [25, 25, false], // not above the floor
    [26, 26, true],
    [26, 260, false], // exactly a tenth is not above it
    [27, 260, true],
    [100, 1000, false],
    [101, 1000, true],
    [0, 0, false],
  ])('%d of %d becoming nothing holds the leg: %j', (toNothing, something, held) => {
    expect(trips(toNothing, something)).toBe(held);
  });

  test('the share is the decimal that a person wrote', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(10_000), (percent, hundreds) => {
        const settings = { ...guards, valueFloor: 0, valueShare: percent / 100 };
        expect(trips(percent * hundreds, hundreds * 100, settings)).toBe(false);
        expect(trips(percent * hundreds + 1, hundreds * 100, settings)).toBe(true);
      }),
    );
    expect(trips(1, 10_000_000, { ...guards, valueFloor: 0, valueShare: 1e-7 })).toBe(false);
    expect(trips(2, 10_000_000, { ...guards, valueFloor: 0, valueShare: 1e-7 })).toBe(true);
    expect(trips(101, 100, { ...guards, valueShare: 1 })).toBe(true);
  });

  test('the field that trips is named, with its own leg', () => {
    const fine = { leg: 'push', field: 'pendo_last_visit', something: 100, toNothing: 0 } as const;
    const lost = { leg: 'pull', field: 'hubspot_plan', something: 100, toNothing: 100 } as const;
    expect(valueGuard([fine, lost], guards)).toEqual([{ guard: 'values', ...lost }]);
  });
});

describe('counts', () => {
  const baseline = { hubspot: 1000, pendo: 1000, matched: 100 };
  test.each([
    [{ hubspot: 800, pendo: 800, matched: 80 }, []],
    [{ hubspot: 799, pendo: 1000, matched: 100 }, ['hubspot']],
    [{ hubspot: 1000, pendo: 0, matched: 79 }, ['pendo', 'matched']],
    [{ hubspot: 5000, pendo: 5000, matched: 5000 }, []],
  ])('%j against the baseline trips %j', (now, tripped) => {
    expect(countGuard(baseline, now, guards).map((trip) => 'count' in trip && trip.count)).toEqual(tripped);
  });

  test('below a hundred, and without a baseline, prove nothing', () => {
    const none = { hubspot: 0, pendo: 0, matched: 0 };
    expect(countGuard({ hubspot: 99, pendo: 99, matched: 99 }, none, guards)).toEqual([]);
    expect(countGuard(null, none, guards)).toEqual([]);
  });
});

const fresh = (sent: number, rejected: number) => ({ rejected, matched: 1_000_000, fresh: { sent, rejected } });
test.each([
  [fresh(0, 0), false],
  [fresh(100, 4), false],
  [fresh(100, 5), true],
  [fresh(100_000, 99), false],
  [fresh(100_000, 100), true],
  // Refused the day before as well, and nothing else was sent.
  [{ rejected: 99, matched: 10_000, fresh: { sent: 0, rejected: 0 } }, false],
  [{ rejected: 49, matched: 1000, fresh: { sent: 30, rejected: 1 } }, false],
  [{ rejected: 50, matched: 1000, fresh: { sent: 30, rejected: 1 } }, true],
  [{ rejected: 499, matched: 10_000, fresh: { sent: 0, rejected: 0 } }, false],
  [{ rejected: 500, matched: 10_000, fresh: { sent: 0, rejected: 0 } }, true],
])('%j is degraded: %j', (rows, isIt) => {
  expect(isDegraded(rows, degraded)).toBe(isIt);
});

describe('creations', () => {
  const trips = (creations: number, matchedBefore: number | null, settings = guards) =>
    creationGuard([{ leg: 'push', creations, matchedBefore }], settings);

  test.each([
    [25, 0, false], // not above the floor
    [26, 0, true],
    [26, 260, false], // exactly a tenth is not above it
    [27, 260, true],
    [400, null, false], // nothing to be measured against
  ])('%d beside %j matched pairs hold the leg: %j', (creations, matched, held) => {
    expect(trips(creations, matched)).toHaveLength(held ? 1 : 0);
  });

  test('are named with their own leg, and a configuration from before there was this guard is guarded as well', () => {
    const { creationShare: _, creationFloor: __, ...stored } = guards;
    expect(trips(27, 260, stored as typeof guards)).toEqual([
      { guard: 'creations', leg: 'push', before: 260, now: 27 },
    ]);
  });
});
