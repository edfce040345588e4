import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timeOnApp, usageTrending } from '../../src/sync/usage-trending.ts';

/** The formula of the contract, in whole numbers from the start. */
function contract(current: bigint, earlier: bigint): string {
  const distance = current > earlier ? current - earlier : earlier - current;
  const tenths = (2000n * distance + earlier) / (2n * earlier);
  const sign = current < earlier && tenths > 0n ? '-' : '';
  return String(Number(`${sign}${tenths / 10n}.${tenths % 10n}`));
}

const minutes = fc.oneof(fc.nat(50), fc.nat(600_000), fc.maxSafeNat());
const something = minutes.filter((value) => value > 0);

test('is the formula of the contract, exactly, for every pair of whole minutes', () => {
  fc.assert(
    fc.property(minutes, something, (current, earlier) => {
      expect(usageTrending(current, earlier)).toBe(contract(BigInt(current), BigInt(earlier)));
    }),
    { numRuns: 5000 },
  );
});

test('is as exact for fractions of minutes', () => {
  const quarter = fc.nat(100_000);
  fc.assert(
    fc.property(quarter, quarter, fc.nat(40), (current, earlier, halvings) => {
      fc.pre(earlier > 0);
      const part = 2 ** -halvings;
      expect(usageTrending(current * part, earlier * part)).toBe(contract(BigInt(current), BigInt(earlier)));
    }),
    { numRuns: 2000 },
  );
});

test('never has more than one decimal, and has the sign of the change', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000_000 }), (current, earlier) => {
      const trend = usageTrending(current, earlier);
      expect(trend).toMatch(/^-?\d+(\.\d)?$/);
      expect(trend).not.toBe('-0');
      expect(Math.abs(Math.sign(Number(trend)) - Math.sign(current - earlier))).toBeLessThan(2);
      expect(Math.abs(Number(trend) - ((current - earlier) / earlier) * 100)).toBeLessThanOrEqual(0.0500001);
    }),
  );
});

test.each([
  [0, 0, null],
  [10, 0, null],
  [0, 10, '-100'],
  [10, 10, '0'],
  [999_999, 1_000_000, '0'], // −0.0001 %: no sign on nothing
  [2001, 2000, '0.1'], // 0.05 rounds away from zero
  [1999, 2000, '-0.1'],
  [2, 1, '100'],
  [0.0005, 1, '-99.9'], // the double is a little more than 0.0005; rounding on the way would say -100
  [1, 3, '-66.7'],
  [Number.MAX_SAFE_INTEGER, 1, '900719925474099000'],
  [Number.MAX_VALUE, 5e-324, { invalid: 'notFinite' }],
  [Number.NaN, 1, { invalid: 'notFinite' }],
  [-1, 1, { invalid: 'negativeMinutes' }],
])('%d minutes after %d is %j', (current, earlier, trend) => {
  expect(usageTrending(current, earlier)).toEqual(trend);
});

test('a negative sum of minutes is written nowhere', () => {
  expect([0, 12.5, -1, -0.5, Number.NaN, -0].map(timeOnApp)).toEqual([
    '0',
    '12.5',
    { invalid: 'negativeMinutes' },
    { invalid: 'negativeMinutes' },
    { invalid: 'notFinite' },
    '0',
  ]);
});
