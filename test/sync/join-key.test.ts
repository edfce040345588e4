import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldedKey, looseKey, readKey, spellingsOf } from '../../src/sync/join-key.ts';

describe('exact', () => {
  test('the key is the text as it is, near misses are found by its folded form', () => {
    expect(readKey(' Ana@Example.COM ', 'exact')).toEqual({
      state: 'ok',
      key: ' Ana@Example.COM ',
      folded: 'ana@example.com',
      loose: 'ana@example.com',
      spelling: ' Ana@Example.COM ',
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

test('under fold, what a creation uses is trimmed and keeps its case', () => {
  expect(readKey(' ACC-0000301\u00a0', 'fold')).toMatchObject({ key: 'acc-0000301', spelling: 'ACC-0000301' });
});

describe('the loose key', () => {
  test.each([
    ['composed and decomposed', 'jos\u00e9@x.com', 'jose\u0301@x.com'],
    ['a zero-width space', 'ann@x.com', 'ann\u200b@x.com'],
    ['a soft hyphen', 'ann@x.com', 'an\u00adn@x.com'],
    ['a byte order mark inside', 'ann@x.com', 'ann\ufeff@x.com'],
    ['a mark of direction before a space', 'ann@x.com', '\u200e ann@x.com'],
    ['a no-break space around', 'ann@x.com', '\u00a0ann@x.com'],
    ['full width', 'ann@x.com', 'ａｎｎ＠ｘ．ｃｏｍ'],
    ['a mail link', 'ann@x.com', 'mailto:Ann@x.com'],
    ['a mail link in capitals', 'ann@x.com', ' MAILTO:ann@x.com'],
    ['a full-width mail link', 'ann@x.com', 'ｍａｉｌｔｏ：ann@x.com'],
    ['a ligature', 'office@x.com', 'o\ufb03ce@x.com'],
    ['the Kelvin sign', 'kay@x.com', '\u212aay@x.com'],
  ])('does not see %s', (_, one, other) => {
    expect(looseKey(other)).toBe(looseKey(one));
  });

  test.each([
    ['an accent', 'jose@x.com', 'jos\u00e9@x.com'],
    ['a space inside', 'annlee@x.com', 'ann lee@x.com'],
    ['letters of another script', 'anna@x.com', '\u0430nna@x.com'],
    ['a mail link in the middle', 'x@x.com', 'a mailto:x@x.com'],
  ])('sees %s', (_, one, other) => {
    expect(looseKey(other)).not.toBe(looseKey(one));
  });

  test('of plain ASCII is what the rule says, by the short way as by the long one', () => {
    const unit = fc.constantFrom(...'aZ9@. \t\n\u0000:mailto');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), fc.boolean(), (text, linked) => {
        const key = linked ? `mailto:${text}` : text;
        const rule = key
          .normalize('NFKC')
          .replace(/\p{Cf}/gu, '')
          .trim()
          .replace(/^mailto:/i, '')
          .toLowerCase();
        expect(looseKey(key)).toBe(rule.normalize('NFKC'));
      }),
    );
  });
});

test('somebody is known by the key as it came, folded, and loose', () => {
  expect(spellingsOf('ann@x.com')).toEqual(['ann@x.com']);
  expect(spellingsOf(' Jose\u0301@x.com')).toEqual([' Jose\u0301@x.com', 'jose\u0301@x.com', 'jos\u00e9@x.com']);
  expect(foldedKey('\u3000ΑΣ')).toBe('ας');
});

describe('a number as key', () => {
  test.each([
    ['13.0', '13'],
    ['13', '13'],
    ['1e3', '1000'],
    ['-0', '0'],
    ['00042', '42'],
  ])('%s is the key %s', (raw, key) => {
    for (const folding of both) {
      expect(readKey(raw, folding, true)).toEqual({ state: 'ok', key, folded: key, loose: key, spelling: key });
    }
  });

  test.each([['13 '], ['abc'], ['1,3'], ['1e999']])('%s is none', (raw) => {
    expect(readKey(raw, 'exact', true)).toEqual({ state: 'invalid', reason: 'notANumber' });
  });

  test('blank stays blank', () => {
    for (const raw of [null, '', ' ']) expect(readKey(raw, 'exact', true)).toEqual({ state: 'blank' });
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
