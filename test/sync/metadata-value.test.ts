/** Metadata of any Pendo type, as HubSpot shall hold it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hubspotTargetValue, toHubSpot } from '../../src/sync/canonical.ts';
import { metadataCanon, metadataTypeOf } from '../../src/sync/metadata-value.ts';
import type { Canon } from '../../src/sync/types.ts';

const zone = 'America/New_York';
const read = (pendoType: string, raw: unknown, group = 'custom', timeAs: 'date' | 'datetime' = 'date'): Canon =>
  metadataCanon(raw, { group, hubspotType: metadataTypeOf(pendoType, timeAs)! }, zone);

test.each([
  ['string', 'text', ' text '.trim()],
  ['string', ' spaces stay ', ' spaces stay '],
  ['string', 7.5, '7.5'],
  ['', true, 'true'],
  ['', ['a', '', null, 3, false], 'a;3;false'],
  ['string', { a: 1 }, { invalid: 'notText' }],
  ['list', 'one', 'one'],
  ['list', ['b', 'a', 'b'], 'b;a;b'],
  ['list', ['a', ['b']], { invalid: 'notText' }],
  ['list', [{}], { invalid: 'notText' }],
  ['list', { a: 1 }, { invalid: 'notText' }],
  ['list', [null, '', []], null],
  ['integer', 12, '12'],
  ['float', '1e3', '1000'],
  ['float', '', null],
  ['integer', '12 ', { invalid: 'notANumber' }],
  ['integer', [5], { invalid: 'notANumber' }],
  ['boolean', 'true', 'true'],
  ['boolean', false, 'false'],
  ['boolean', 1, { invalid: 'notABool' }],
  ['time', Date.UTC(2026, 0, 1, 3), '2025-12-31'],
  ['time', '2026-03-01', '2026-03-01'],
  ['date', '2026-03-01T03:00:00Z', '2026-02-28'],
  ['date', '2026-02-30', { invalid: 'notATime' }],
  ['time', 0, '1969-12-31'],
  ['string', 'a\0b', { invalid: 'nul' }],
  ['list', ['a', '\ud800'], { invalid: 'loneSurrogate' }],
  ['string', 'x'.repeat(65_536), 'x'.repeat(65_536)],
  ['string', 'x'.repeat(65_537), { invalid: 'tooLong' }],
] as [string, unknown, Canon][])('a value of type %j', (type, raw, canon) => {
  expect(read(type, raw)).toEqual(canon);
});

test('a time can be pushed as an instant, and 0 is nothing in the groups of Pendo alone', () => {
  expect(read('time', 86_400_000, 'custom', 'datetime')).toBe('86400000');
  expect(read('time', 0, 'agent', 'datetime')).toBe('0');
  for (const group of ['auto', 'auto__323232']) expect(read('time', '0', group)).toBeNull();
  expect(read('time', 0, 'automatic')).toBe('1969-12-31');
});

test('a type that HubSpot has no counterpart of cannot be mapped', () => {
  expect(metadataTypeOf('geo', 'date')).toBeNull();
});

describe('whatever Pendo holds', () => {
  const types = ['string', '', 'list', 'integer', 'float', 'boolean', 'time', 'date'];
  const anything = fc.oneof(
    fc.anything(),
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(fc.string(), fc.constant(null), fc.double())),
    fc.double().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.integer(),
    fc.boolean(),
  );

  test('what is sent reads back from HubSpot as what was wanted, for every type', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.constantFrom('date', 'datetime'), anything, (type, timeAs, raw) => {
        const hubspotType = metadataTypeOf(type, timeAs)!;
        const canon = metadataCanon(raw, { group: 'custom', hubspotType }, zone);
        if (typeof canon === 'string')
          expect(hubspotTargetValue(hubspotType, toHubSpot(hubspotType, canon))).toBe(canon);
        else if (canon !== null) expect(canon).toEqual({ invalid: expect.any(String) });
      }),
    );
  });
});
