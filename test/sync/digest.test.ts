import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digest } from '../../src/sync/digest.ts';
import type { Canon, CanonDoc } from '../../src/sync/types.ts';

const canon = fc.oneof(
  fc.constantFrom<Canon>(
    null,
    '',
    'null',
    '{"unreadable":true}',
    { unreadable: true },
    { invalid: 'nul' },
    { invalid: 'notText' },
  ),
  fc.string(),
);
const doc: fc.Arbitrary<CanonDoc> = fc.dictionary(fc.constantFrom('a', 'b', 'a,b', '1', '__proto', '"'), canon, {
  noNullPrototype: true,
});

test('the order of the keys does not matter', () => {
  fc.assert(
    fc.property(doc, (document) => {
      const turned = Object.fromEntries(Object.entries(document).reverse());
      expect(digest(turned).equals(digest(document))).toBe(true);
    }),
  );
});

test('documents that differ have digests that differ', () => {
  const canonical = (document: CanonDoc): string =>
    JSON.stringify(
      Object.keys(document)
        .sort()
        .map((key) => [key, document[key]]),
    );
  fc.assert(
    fc.property(doc, doc, (a, b) => {
      expect(digest(a).equals(digest(b))).toBe(canonical(a) === canonical(b));
    }),
    { numRuns: 2000 },
  );
});

test('not known, empty, empty text and unreadable are four different things', () => {
  const documents: CanonDoc[] = [{}, { a: null }, { a: '' }, { a: { unreadable: true } }];
  expect(new Set(documents.map((document) => digest(document).toString('hex'))).size).toBe(4);
  expect(digest({})).toHaveLength(16);
});
