import type { PendoType, ValueType } from './types.ts';

/**
 * What a HubSpot property is to us, or null where it cannot be mapped (`json`, `object_coordinates`, and whatever
 * comes next). Only `type` decides, and for enumerations whether `fieldType` is `checkbox`, which is how HubSpot
 * marks several choices: calculated and score properties are plain numbers, texts or booleans by their type.
 */
export function valueTypeOf(property: {
  type: string;
  fieldType: string;
  calculated?: boolean | undefined;
  name?: string;
}): ValueType | null {
  switch (property.type) {
    case 'string':
    case 'phone_number':
      return 'string';
    case 'number':
    case 'bool':
    case 'date':
    case 'datetime':
      return property.type;
    case 'enumeration':
      return property.fieldType === 'checkbox' ? 'multiEnumeration' : 'enumeration';
    default:
      return null;
  }
}

const pendoTypes = {
  string: 'string',
  number: 'number',
  bool: 'boolean',
  date: 'time',
  datetime: 'time',
  enumeration: 'string',
  multiEnumeration: 'string',
} as const satisfies Record<ValueType, PendoType>;

/** The type to create a field with. */
export function pendoTypeFor(type: ValueType): PendoType {
  return pendoTypes[type];
}

const reportedAs: Record<PendoType, readonly string[]> = {
  string: ['string'],
  number: ['number', 'integer', 'float'],
  boolean: ['boolean'],
  time: ['time', 'date'],
};

/**
 * Does a field that Pendo reports with this type hold our values? A field created as `number` reads back as `integer`
 * or `float`, a time may be called `date`, and an untyped field (`''`) takes what it is sent.
 */
export function pendoTypeMatches(type: ValueType, reported: string): boolean {
  return reported === '' || reportedAs[pendoTypes[type]].includes(reported.toLowerCase());
}

/**
 * Can this property's raw text be compared with a Pendo id? Texts, numbers and single options can (ids are often a
 * number property, or HubSpot's own record id); days, yes/no and several options cannot identify anything.
 */
export function canBeJoinKey(property: { type: string; fieldType: string }): boolean {
  const type = valueTypeOf(property);
  return type === 'string' || type === 'number' || type === 'enumeration';
}
