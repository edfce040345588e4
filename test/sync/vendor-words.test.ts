/** What is kept of a vendor's error explains the refusal, is bounded, and says nothing about a person. */
import { expect, test } from 'vitest';
import { VendorError } from '../../src/sync/vendor-error.ts';
import { keptCode, keptProperties, keptScopes, keptText, keptTextAbout } from '../../src/sync/vendor-words.ts';

test.each([
  ['PROPERTY_DOESNT_EXIST', 'PROPERTY_DOESNT_EXIST'],
  ['rate.limit-2', 'rate.limit-2'],
  ['x'.repeat(3_000_000), undefined],
  ['canary <b>', undefined],
  ['', undefined],
  ['ann@example.com', undefined],
  ['A\0B', undefined],
])('a code is kept only where it looks like one', (text, kept) => {
  expect(keptCode(text)).toBe(kept);
});

test('an error has no code and no scopes but such as look like them', () => {
  const fields = { vendor: 'hubspot', kind: 'rejected', code: 'x y'.repeat(99) } as const;
  const error = new VendorError('ours', { ...fields, scopes: ['crm.objects.contacts.read', 'a b', 'x'.repeat(101)] });
  expect(error.code).toBe('UNKNOWN_CODE');
  expect(error.scopes).toEqual(['crm.objects.contacts.read']);
  expect(keptScopes(Array.from({ length: 50 }, (_, n) => `scope.${n}`))).toHaveLength(20);
});

test('a text is cut, can be stored, and names no e-mail address', () => {
  expect(keptText(`Ann <ann+x@mail.example.com> and "zoë@例え.jp" exist\0already\ud800`)).toBe(
    'Ann <[e-mail]> and "[e-mail]" exist\ufffdalready\ufffd',
  );
  expect(keptText('x'.repeat(5_000_000))).toHaveLength(500);
});

test('a text about a batch is kept without what the batch held, as it was and as JSON writes it', () => {
  const keep = keptTextAbout(() => ['Chief "Tea" Officer', '+44 20 7946 0000', 'Tea', 'V-1', 20250102, null, 'no']);
  expect(keep('Value Chief \\"Tea\\" Officer of V-1 is not allowed')).toBe('Value [value] of [value] is not allowed');
  expect(keep('"+44 20 7946 0000" was no date (20250102)')).toBe('"[value]" was no date ([value])');
  // Of two letters: part of any word.
  expect(keep('not known')).toBe('not known');
});

test('a property is named only where its name looks like one', () => {
  expect(keptProperties(['jobtitle', 'Hs_Lead_2', 'x'.repeat(101), 'ann@example.com', 'a b', ''])).toEqual([
    'jobtitle',
    'Hs_Lead_2',
  ]);
});
