import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHubSpot, fromPendo, hubspotTargetValue, toHubSpot, toPendo } from '../../src/sync/canonical.ts';
import { firstInstant, lastInstant, utcDay } from '../../src/sync/instants.ts';
import type { Canon, PushType, ValueType } from '../../src/sync/types.ts';

const invalid = (reason: string) => ({ invalid: reason });
const unreadable = { unreadable: true };

const wellFormed = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
const instant = fc.integer({ min: firstInstant, max: lastInstant });
const option = fc.oneof(fc.constantFrom('a', 'b', '', 'Z', '\u{1f600}', '\uffee', ' a'), wellFormed);

/** HubSpot texts that a property of each type may hold. */
const sources: Record<ValueType, fc.Arbitrary<string>> = {
  string: wellFormed,
  number: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.constantFrom('.5', '-.5', '007', '1e5', '1E-400', '-0', '-0.0', '9007199254740993', '1.7976931348623157e308'),
  ),
  bool: fc.constantFrom('true', 'false'),
  date: fc.oneof(instant.map(String), instant.map(utcDay)),
  datetime: fc.oneof(
    instant.map(String),
    instant.map((ms) => new Date(ms).toISOString()),
  ),
  enumeration: option,
  multiEnumeration: fc.array(option).map((options) => options.join(';')),
};
const types = Object.keys(sources) as ValueType[];

/** Every way in which Pendo may read back a value that it was sent. */
function pendoReadsBack(type: ValueType, sent: string | number | boolean): unknown[] {
  const overTheWire = JSON.parse(JSON.stringify(sent));
  if (type === 'date' || type === 'datetime') {
    const iso = new Date(sent as number).toISOString();
    const seconds = (sent as number) % 1000 === 0 ? [iso.replace('.000', '')] : [];
    return [overTheWire, String(sent), iso, iso.replace('Z', '+00:00'), ...seconds];
  }
  if (type === 'number') {
    const asFloat = Number.isSafeInteger(sent) ? [JSON.parse(`${sent}.0`), `${sent}.0`] : [];
    return [overTheWire, String(sent), ...asFloat];
  }
  return [overTheWire];
}

describe('what Pendo reads back is what was written', () => {
  for (const type of types) {
    test(`${type}, however Pendo writes it`, () => {
      fc.assert(
        fc.property(sources[type], (raw) => {
          const wanted = fromHubSpot(type, raw);
          fc.pre(typeof wanted === 'string');
          for (const back of pendoReadsBack(type, toPendo(type, wanted as string))) {
            expect(fromPendo(type, back)).toBe(wanted);
          }
        }),
      );
    });

    test(`${type}: a canonical value is its own canonical form`, () => {
      fc.assert(
        fc.property(sources[type], (raw) => {
          const wanted = fromHubSpot(type, raw);
          if (typeof wanted === 'string') expect(fromHubSpot(type, wanted)).toBe(wanted);
        }),
      );
    });

    test(`${type}: a cleared value is empty, whichever way Pendo shows it`, () => {
      for (const cleared of [undefined, null, '']) expect(fromPendo(type, cleared)).toBeNull();
      for (const empty of [null, '']) expect(fromHubSpot(type, empty)).toBeNull();
    });
  }

  test('options sent as labels', () => {
    const labels = fc.array(fc.tuple(option, option)).map((pairs) => new Map(pairs));
    fc.assert(
      fc.property(fc.constantFrom('enumeration', 'multiEnumeration'), option, option, labels, (type, a, b, map) => {
        const wanted = fromHubSpot(type, `${a};${b}`, { labels: map });
        if (typeof wanted !== 'string') return;
        expect(fromPendo(type, toPendo(type, wanted))).toBe(wanted);
      }),
    );
  });
});

describe('what HubSpot reads back is what was pushed', () => {
  const pushed: Record<PushType, fc.Arbitrary<string>> = {
    number: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    date: instant.map(utcDay),
    datetime: instant.map(String),
    string: fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\0')),
    bool: fc.boolean().map(String),
    enumeration: fc.constantFrom('promoter', 'passive', 'detractor'),
  };
  for (const type of Object.keys(pushed) as PushType[]) {
    test(`${type}, as text or as HubSpot rewrites it`, () => {
      fc.assert(
        fc.property(pushed[type], (canon) => {
          const sent = toHubSpot(type, canon);
          expect(hubspotTargetValue(type, sent)).toBe(canon);
          if (type === 'datetime') expect(hubspotTargetValue(type, new Date(Number(sent)).toISOString())).toBe(canon);
        }),
      );
    });
    test(`${type}: an empty text clears, and reads back as nothing`, () => {
      expect(toHubSpot(type, null)).toBe('');
      expect(hubspotTargetValue(type, '')).toBeNull();
      expect(hubspotTargetValue(type, null)).toBeNull();
    });
    // Of text, everything can be read.
    if (type === 'string' || type === 'enumeration') continue;
    test(`${type}: a value that someone else put there and we cannot read differs from everything`, () => {
      expect(hubspotTargetValue(type, 'about a dozen')).toEqual(unreadable);
    });
  }
});

describe('a canonical value can always be stored', () => {
  test('no NUL and no lone surrogate gets through, whatever either side holds', () => {
    const storable = (canon: Canon): boolean =>
      typeof canon !== 'string' || (canon.isWellFormed() && !canon.includes('\0'));
    const poison = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
    const anything = fc.oneof(poison, fc.anything(), fc.constantFrom('\0', '\ud800', 'a;\udc00', 'a\0;b'));
    fc.assert(
      fc.property(fc.constantFrom(...types), anything, (type, raw) => {
        const held = fromPendo(type, raw);
        expect(storable(held)).toBe(true);
        expect(held ?? '').not.toHaveProperty('invalid');
        if (typeof raw === 'string') {
          const given = fromHubSpot(type, raw, { labels: new Map([[raw, '\0']]) });
          expect(storable(given)).toBe(true);
          expect(given ?? '').not.toHaveProperty('unreadable');
        }
      }),
    );
  });
});

test.each<[ValueType, string, Canon | object]>([
  ['string', ' as it is \n', ' as it is \n'],
  ['string', ' ', ' '],
  ['string', 'e\u0301', 'e\u0301'],
  ['string', 'a\0b', invalid('nul')],
  ['string', 'a\ud83db', invalid('loneSurrogate')],
  ['number', '.5', '0.5'],
  ['number', '-.5e1', '-5'],
  ['number', '1e400', invalid('notFinite')],
  ['number', '1e-400', '0'],
  ['number', '-0', '0'],
  ['number', '-1e-400', '0'],
  ['number', '0042', '42'],
  ['number', '1e21', '1e+21'],
  ['number', '0.1e-6', '1e-7'],
  ['number', '5.', invalid('notANumber')],
  ['number', '+5', invalid('notANumber')],
  ['number', ' 5', invalid('notANumber')],
  ['number', '5\n', invalid('notANumber')],
  ['number', '1,000', invalid('notANumber')],
  ['number', '0x10', invalid('notANumber')],
  ['number', 'Infinity', invalid('notANumber')],
  ['number', 'NaN', invalid('notANumber')],
  ['number', '١', invalid('notANumber')],
  ['number', '.', invalid('notANumber')],
  ['number', '-', invalid('notANumber')],
  ['number', 'e5', invalid('notANumber')],
  ['bool', 'true', 'true'],
  ['bool', 'yes', invalid('notABool')],
  ['bool', 'TRUE', invalid('notABool')],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', '2023-02-29', invalid('notATime')],
  ['date', '1709164800000', '2024-02-29'],
  ['date', '2024-02-29T23:30:00-05:00', '2024-03-01'],
  ['datetime', '2024-02-29T23:30:00.1239-05:00', '1709267400123'],
  ['datetime', '1969-12-31T23:59:59.9999Z', '-1'],
  ['datetime', '2024-02-29', '1709164800000'],
  ['datetime', '-0', '0'],
  ['datetime', '253402300800000', invalid('outOfRange')],
  ['datetime', '1e12', invalid('notATime')],
  ['enumeration', 'b;a', 'b;a'],
  ['multiEnumeration', 'b;a;;b', 'a;b'],
  ['multiEnumeration', ';;', null],
  ['multiEnumeration', '\u{10000};\uffee', '\uffee;\u{10000}'],
  ['multiEnumeration', 'a; b', ' b;a'],
  ['multiEnumeration', 'a;\0', invalid('nul')],
])('HubSpot %s %j is %j', (type, raw, canon) => {
  expect(fromHubSpot(type, raw)).toEqual(canon);
});

test.each<[ValueType, unknown, Canon | object]>([
  ['string', 42, unreadable],
  ['string', ['a'], unreadable],
  ['string', 'a\0', unreadable],
  ['number', 42, '42'],
  ['number', -0, '0'],
  ['number', '42.0', '42'],
  ['number', true, unreadable],
  ['number', Number.POSITIVE_INFINITY, unreadable],
  ['bool', true, 'true'],
  ['bool', 'false', 'false'],
  ['bool', 1, unreadable],
  ['datetime', 1_700_000_000_000, '1700000000000'],
  ['datetime', 1_700_000_000_000.5, unreadable],
  ['datetime', '1700000000000', '1700000000000'],
  ['datetime', '2023-11-14T22:13:20Z', '1700000000000'],
  ['date', 1_700_000_000_000, '2023-11-14'],
  ['date', {}, unreadable],
  ['multiEnumeration', 'b;a', 'a;b'],
  ['multiEnumeration', ['b', 'a'], unreadable],
])('Pendo %s %j is %j', (type, raw, canon) => {
  expect(fromPendo(type, raw)).toEqual(canon);
});

describe('labels', () => {
  const labels = new Map([
    ['a', 'Alpha'],
    ['b', 'Beta; or so'],
    ['c', 'Alpha'],
    ['d', ''],
    ['', 'Nobody'],
  ]);
  test.each<[ValueType, string, Canon]>([
    ['enumeration', 'a', 'Alpha'],
    ['enumeration', 'gone', 'gone'],
    ['enumeration', 'b', 'Beta; or so'],
    ['enumeration', 'd', null],
    ['multiEnumeration', 'b;a', 'Alpha;b'],
    ['multiEnumeration', 'a;c', 'Alpha'],
    ['multiEnumeration', 'gone;a;d', 'Alpha;gone'],
    ['enumeration', '', null],
    ['multiEnumeration', ';a', 'Alpha'],
    ['string', 'a', 'a'],
  ])('%s %j is sent as %j', (type, raw, canon) => {
    expect(fromHubSpot(type, raw, { labels })).toBe(canon);
  });
});

test('the types that Pendo gets', () => {
  expect(toPendo('number', '0.5')).toBe(0.5);
  expect(toPendo('bool', 'false')).toBe(false);
  expect(toPendo('date', '1970-01-02')).toBe(86_400_000);
  expect(toPendo('datetime', '-1')).toBe(-1);
  expect(toPendo('multiEnumeration', 'a;b')).toBe('a;b');
  expect(toPendo('string', '42')).toBe('42');
});

describe('a value of HubSpot’s that comes as something else than text', () => {
  test.each<[ValueType, unknown, Canon]>([
    ['number', 13, '13'],
    ['number', 0, '0'],
    ['number', Infinity, { invalid: 'notFinite' }],
    ['bool', false, 'false'],
    ['date', 1_700_000_000_000, '2023-11-14'],
    ['datetime', 1_700_000_000_000, '1700000000000'],
    ['string', 13, { invalid: 'notText' }],
    ['string', false, { invalid: 'notText' }],
    ['string', 0, { invalid: 'notText' }],
    ['enumeration', 1, { invalid: 'notText' }],
    ['multiEnumeration', ['a', 'b'], { invalid: 'notText' }],
    ['string', { a: 1 }, { invalid: 'notText' }],
    ['number', [1], { invalid: 'notANumber' }],
    ['bool', 1, { invalid: 'notABool' }],
    ['date', {}, { invalid: 'notATime' }],
  ])('%s %j', (type, raw, canon) => {
    expect(fromHubSpot(type, raw)).toEqual(canon);
    expect(fromHubSpot(type, raw, { labels: new Map([['13', 'x']]) })).toEqual(canon);
    if (type === 'number' || type === 'date' || type === 'datetime') {
      expect(hubspotTargetValue(type, raw)).toEqual(typeof canon === 'string' ? canon : { unreadable: true });
    }
  });
});
