import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstInstant, lastInstant, readInstant, utcDay } from '../../src/sync/instants.ts';

const instant = fc.integer({ min: firstInstant, max: lastInstant });

test('every accepted instant reads the same in each of its forms', () => {
  fc.assert(
    fc.property(instant, (ms) => {
      const iso = new Date(ms).toISOString();
      for (const form of [ms, String(ms), iso, iso.toLowerCase(), iso.replace('Z', '-00:00')]) {
        expect(readInstant(form)).toBe(ms);
      }
      expect(readInstant(utcDay(ms))).toBe(Math.floor(ms / 86_400_000) * 86_400_000);
    }),
  );
});

test('an offset moves the instant, and nothing else does', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: firstInstant + 86_400_000, max: lastInstant - 86_400_000 }),
      fc.integer({ min: -1439, max: 1439 }),
      (ms, offset) => {
        const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(offset);
        const two = (n: number): string => String(n).padStart(2, '0');
        const text = `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(readInstant(text)).toBe(ms);
      },
    ),
  );
});

test('a day is accepted exactly when the calendar has it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9999 }), fc.nat(14), fc.nat(33), (year, month, day) => {
      const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
      const date = new Date(0);
      date.setUTCFullYear(year, month - 1, day);
      const real = date.toISOString().slice(0, 10) === text;
      expect(readInstant(text)).toEqual(real ? date.getTime() : { invalid: 'notATime' });
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['0000-01-01', firstInstant],
  ['0099-12-31', -59_011_545_600_000],
  ['9999-12-31T23:59:59.999999Z', lastInstant],
  ['2024-01-01T00:00:00.1Z', 1_704_067_200_100],
  ['20240101', 20_240_101], // an integer is ms, whatever it looks like
  ['-1', -1],
  [0, 0],
])('%j is %j', (raw, ms) => {
  expect(readInstant(raw)).toBe(ms);
});

test.each([
  ['2024-1-1'],
  ['2024-13-01'],
  ['2024-01-01 00:00:00Z'],
  ['2024-01-01T00:00:00'],
  ['2024-01-01T00:00Z'],
  ['2024-01-01T24:00:00Z'],
  ['2024-01-01T23:59:60Z'],
  ['2024-01-01T00:60:00Z'],
  ['2024-01-01T00:00:00+24:00'],
  ['2024-01-01T00:00:00+0100'],
  ['2024-01-01T00:00:00.Z'],
  ['+2024-01-01'],
  ['12024-01-01'],
  ['2024-01-01\n'],
  ['٢٠٢٤-٠١-٠١'],
  ['1.5'],
  ['yesterday'],
  [''],
  [1.5],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [true],
  [null],
])('%j is no time', (raw) => {
  expect(readInstant(raw)).toEqual({ invalid: 'notATime' });
});

test.each([
  ['9999-12-31T23:59:59-00:01'],
  ['0000-01-01T00:00:00+00:01'],
  [lastInstant + 1],
  [String(firstInstant - 1)],
  ['9'.repeat(300)],
])('%j is a time that RFC 3339 cannot write', (raw) => {
  expect(readInstant(raw)).toEqual({ invalid: 'outOfRange' });
});
