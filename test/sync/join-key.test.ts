import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readKey } from '../../src/sync/join-key.ts';

describe('exact', () => {
  test('the key is the text as it is, near misses are found by its folded form', () => {
    expect(readKey(' Ana@Example.COM ', 'exact')).toEqual({
      state: 'ok',
      key: ' Ana@Example.COM ',
      folded: 'ana@example.com',
    });
  });
});

describe('fold', () => {
  test('both sides are trimmed and lower-cased', () => {
    expect(readKey('\ufeff\u00a0Ana@Example.COM\u2028', 'fold')).toMatchObject({ key: 'ana@example.com' });
    expect(readKey('İ', 'fold')).toMatchObject({ key: 'i̇' });
    expect(readKey('ΑΣ', 'fold')).toMatchObject({ key: 'ας' });
  });
});

const both = ['exact', 'fold'] as const;
for (const folding of both) {
  test.each([[null], [undefined], [''], [' '], ['\t\r\n\u00a0\ufeff\u2003'], [' '.repeat(5000)]])(
    `${folding}: %j is blank`,
    (raw) => {
      expect(readKey(raw, folding)).toEqual({ state: 'blank' });
    },
  );

  test.each([
    ['a\0b', 'nul'],
    ['\0', 'nul'],
    ['\ud800', 'loneSurrogate'],
    ['a'.repeat(1025), 'tooLong'],
    [`a${' '.repeat(1024)}`, 'tooLong'], // as it came, not as trimmed
    ['é'.repeat(513), 'tooLong'],
    ['\u{1f600}'.repeat(257), 'tooLong'],
    [42, 'notText'],
    [{}, 'notText'],
  ])(`${folding}: %j is invalid (%s)`, (raw, reason) => {
    expect(readKey(raw, folding)).toEqual({ state: 'invalid', reason });
  });

  test.each([
    ['a'.repeat(1024)],
    ['é'.repeat(512)],
    ['\u{1f600}'.repeat(256)],
    ['\u200b'], // a zero-width space is not white space to ECMAScript
  ])(`${folding}: %j is a key`, (raw) => {
    expect(readKey(raw, folding)).toMatchObject({ state: 'ok' });
  });
}

test('a key that PostgreSQL cannot hold or index never comes out', () => {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(' ', 'a', '\0', '\ud83d\ude00'),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 1100 }), fc.constantFrom(...both), (raw, folding) => {
      const read = readKey(raw, folding);
      const fits = raw.isWellFormed() && !raw.includes('\0') && Buffer.byteLength(raw) <= 1024;
      expect(read.state).toBe(raw.trim() === '' ? 'blank' : fits ? 'ok' : 'invalid');
      if (read.state === 'ok') expect(read.key.isWellFormed() && read.folded !== '').toBe(true);
    }),
  );
});
