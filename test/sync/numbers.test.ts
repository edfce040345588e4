import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDecimal } from '../../src/sync/numbers.ts';

test('exactly the language of the contract is accepted', () => {
  const contract = /^-?\d*\.?\d+([eE][+-]?\d+)?$/;
  const nearly = fc.string({ unit: fc.constantFrom('-', '+', '.', 'e', 'E', '0', '7', ' '), maxLength: 9 });
  fc.assert(
    fc.property(nearly, (text) => {
      const expected = !contract.test(text) ? 'notANumber' : Number.isFinite(Number(text)) ? undefined : 'notFinite';
      const read = readDecimal(text);
      expect(typeof read === 'string' ? undefined : read.invalid).toBe(expected);
    }),
    { numRuns: 20_000 },
  );
});

test('a long text that is nearly a number is refused at once', () => {
  const began = performance.now();
  for (const text of [`${'1'.repeat(60_000)}x`, `${'1'.repeat(30_000)}.${'1'.repeat(30_000)}e`]) {
    expect(readDecimal(text)).toEqual({ invalid: 'notANumber' });
  }
  expect(performance.now() - began).toBeLessThan(500);
});
