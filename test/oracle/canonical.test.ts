import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical, compareBytes, isPoison, kindOf, read, toLabels } from '../../oracle/canonical.ts';
import type { CanonicalKind } from '../../oracle/index.ts';
import { property } from './fixtures.ts';

const of = (kind: CanonicalKind, raw: unknown) => {
  const reading = read(kind, raw);
  return reading.state === 'value' ? reading.value : reading.state;
};

/** Any UTF-16 units, lone surrogates among them. */
const text = fc.array(fc.nat(0xffff), { maxLength: 12 }).map((units) => String.fromCharCode(...units));

describe('canonical forms', () => {
  test.each<[CanonicalKind, unknown, unknown]>([
    ['string', ' a ', ' a '],
    ['string', '', 'empty'],
    ['string', null, 'empty'],
    ['string', 'a\u0000', 'unreadable'],
    ['string', 'a\ud800', 'unreadable'],
    ['string', '😀'.repeat(15_000), '😀'.repeat(15_000)],
    ['string', 5, 'unreadable'],
    ['number', '12', 12],
    ['number', '.5', 0.5],
    ['number', '-0.0', 0],
    ['number', '1e3', 1000],
    ['number', '1e-400', 0],
    ['number', '-1e-400', 0],
    ['number', '1e400', 'unreadable'],
    ['number', '5.', 'unreadable'],
    ['number', '+5', 'unreadable'],
    ['number', ' 5', 'unreadable'],
    ['number', '0x10', 'unreadable'],
    ['number', '1,000', 'unreadable'],
    ['number', '', 'empty'],
    ['number', '9007199254740993', 9007199254740992],
    ['number', true, 'unreadable'],
    ['bool', 'true', true],
    ['bool', false, false],
    ['bool', 'yes', 'unreadable'],
    ['date', '2024-02-29', '2024-02-29'],
    ['date', '2023-02-29', 'unreadable'],
    // 23:30 at UTC-5 is the next day in UTC.
    ['date', '2024-03-01T23:30:00-05:00', '2024-03-02'],
    ['date', 1709251199999, '2024-02-29'],
    ['date', '1709251200000', '2024-03-01'],
    ['date', '2024-03-01T23:30:00', 'unreadable'],
    ['datetime', '1970-01-01T00:00:01.2345Z', 1234],
    // Half a millisecond before the epoch is floored, not truncated towards it.
    ['datetime', '1969-12-31T23:59:59.9995Z', -1],
    ['datetime', '1970-01-02', 86_400_000],
    ['datetime', 1.5, 'unreadable'],
    ['datetime', '1970-01-01T24:00:00Z', 'unreadable'],
    ['datetime', '0000-01-01T00:00:00+00:01', 'unreadable'],
    ['datetime', 253_402_300_799_999, 253_402_300_799_999],
    ['datetime', '253402300800000', 'unreadable'],
    ['one', 'a;b', 'a;b'],
    ['many', 'b;a;;b', 'a;b'],
    ['many', ';;', 'empty'],
    // UTF-8 bytes, where UTF-16 units would put the emoji first.
    ['many', '\u{1F600};\uFF5E', '\uFF5E;\u{1F600}'],
  ])('%s %j is %j', (kind, raw, expected) => {
    expect(of(kind, raw)).toBe(expected);
  });

  test('labels: a value without an option stands, and so does one whose label holds the separator', () => {
    const options = [
      { label: 'Zed', value: 'a', displayOrder: 0, hidden: false },
      { label: 'x;y', value: 'b', displayOrder: 1, hidden: false },
    ];
    expect(toLabels('many', read('many', 'b;a;c'), options)).toEqual({ state: 'value', value: 'Zed;b;c' });
    expect(toLabels('one', read('one', 'a'), options)).toEqual({ state: 'value', value: 'Zed' });
    expect(toLabels('one', read('one', 'b'), options)).toEqual({ state: 'value', value: 'x;y' });
    expect(toLabels('one', read('one', 'q'), options)).toEqual({ state: 'value', value: 'q' });
  });

  test('types outside the table cannot be mapped', () => {
    expect(kindOf(property('p', { type: 'json' }))).toBeUndefined();
    expect(kindOf(property('p', { type: 'object_coordinates' }))).toBeUndefined();
    expect(kindOf(property('p', { type: 'enumeration', fieldType: 'checkbox' }))).toBe('many');
    expect(kindOf(property('p', { type: 'enumeration', fieldType: 'booleancheckbox' }))).toBe('one');
    expect(kindOf(property('p', { type: 'phone_number' }))).toBe('string');
  });

  test('reading what was read changes nothing', () => {
    const kinds: CanonicalKind[] = ['string', 'number', 'bool', 'date', 'datetime', 'one', 'many'];
    const raw = fc.oneof(
      text,
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((it) => it.toISOString()),
      fc.date({ noInvalidDate: true }).map((it) => it.getTime()),
      fc.constantFrom('true', 'false', 'b;a'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...kinds), raw, (kind, it) => {
        const value = canonical(read(kind, it));
        fc.pre(value !== undefined);
        expect(canonical(read(kind, value))).toBe(value);
      }),
    );
  });

  test('byte order is code point order', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        fc.pre(!isPoison(a) && !isPoison(b));
        const points = (it: string) =>
          [...it].map((char) => char.codePointAt(0)!.toString(16).padStart(6, '0')).join('');
        expect(Math.sign(compareBytes(a, b))).toBe(points(a) < points(b) ? -1 : points(a) > points(b) ? 1 : 0);
      }),
    );
  });
});
