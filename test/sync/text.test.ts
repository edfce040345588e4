import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8, textFault } from '../../src/sync/text.ts';

test('text sorts as its UTF-8 bytes do', () => {
  const unit = fc.constantFrom('a', 'b', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}');
  const text = fc.string({ unit, maxLength: 4 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2000 },
  );
});

test('NUL and half a surrogate pair are faults, a whole pair is none', () => {
  expect(textFault('a\0')).toBe('nul');
  expect(textFault('\ude00\ud83d')).toBe('loneSurrogate');
  expect(textFault('\ud83d\ude00')).toBeNull();
});
