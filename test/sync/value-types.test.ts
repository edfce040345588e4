import { expect, test } from 'vitest';
import type { ValueType } from '../../src/sync/types.ts';
import { canBeJoinKey, pendoTypeFor, pendoTypeMatches, valueTypeOf } from '../../src/sync/value-types.ts';

test.each<[string, string, ValueType | null, boolean]>([
  ['string', 'text', 'string', true],
  ['string', 'textarea', 'string', true],
  ['string', 'html', 'string', true],
  ['string', 'phonenumber', 'string', true],
  ['string', 'calculation_equation', 'string', true],
  ['phone_number', 'phonenumber', 'string', true],
  ['number', 'number', 'number', true],
  ['number', 'calculation_equation', 'number', true],
  ['number', 'calculation_score', 'number', true],
  ['bool', 'booleancheckbox', 'bool', false],
  ['date', 'date', 'date', false],
  ['datetime', 'date', 'datetime', false],
  ['enumeration', 'select', 'enumeration', true],
  ['enumeration', 'radio', 'enumeration', true],
  ['enumeration', 'booleancheckbox', 'enumeration', true],
  ['enumeration', 'checkbox', 'multiEnumeration', false],
  ['json', 'text', null, false],
  ['object_coordinates', 'text', null, false],
  ['something_new', 'text', null, false],
])('a %s shown as %s is a %j (join key: %j)', (type, fieldType, valueType, joinKey) => {
  expect(valueTypeOf({ type, fieldType, name: 'p' })).toBe(valueType);
  expect(canBeJoinKey({ type, fieldType })).toBe(joinKey);
});

test('a field of the type that we create is accepted, however Pendo reports it', () => {
  const reported = ['string', 'boolean', 'integer', 'float', 'number', 'time', 'date', 'list'];
  const accepted: Record<ValueType, string[]> = {
    string: ['string'],
    enumeration: ['string'],
    multiEnumeration: ['string'],
    number: ['integer', 'float', 'number'],
    bool: ['boolean'],
    date: ['time', 'date'],
    datetime: ['time', 'date'],
  };
  for (const [type, types] of Object.entries(accepted) as [ValueType, string[]][]) {
    expect(reported.filter((name) => pendoTypeMatches(type, name))).toEqual(types);
    expect(pendoTypeMatches(type, pendoTypeFor(type))).toBe(true);
    expect(pendoTypeMatches(type, '')).toBe(true);
  }
});
