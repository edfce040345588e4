import type { RawField } from '../../contract.ts';

/** What comes of one value for a field of this type: as it is, changed to fit, or not at all. */
type Fitted = { fits: 'as it is' | 'coerced'; value: unknown } | { fits: 'never' };

const never: Fitted = { fits: 'never' };
const asItIs = (value: unknown): Fitted => ({ fits: 'as it is', value });
const coerced = (value: unknown): Fitted => ({ fits: 'coerced', value });

/** Times are accepted as epoch ms and as RFC 3339; `value` is always what would be stored. */
export function fitted(type: RawField['type'], value: unknown): Fitted {
  switch (type) {
    case '':
      return asItIs(value);
    case 'string':
      if (typeof value === 'string') return asItIs(value);
      return typeof value === 'number' || typeof value === 'boolean' ? coerced(String(value)) : never;
    case 'boolean':
      if (typeof value === 'boolean') return asItIs(value);
      return value === 'true' || value === 'false' ? coerced(value === 'true') : never;
    case 'integer':
    case 'float': {
      // A field made as `number` may report `integer` and still holds fractions.
      if (typeof value === 'number') return asItIs(value);
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
      return Number.isFinite(number) ? coerced(number) : never;
    }
    case 'time':
    case 'date': {
      if (typeof value === 'number') return asItIs(value);
      if (typeof value !== 'string') return never;
      if (/^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(value) && Number.isFinite(Date.parse(value)))
        return asItIs(Date.parse(value));
      return /^-?\d+$/.test(value) ? coerced(Number(value)) : never;
    }
    case 'list':
      return Array.isArray(value) ? asItIs(value) : typeof value === 'object' ? never : coerced([value]);
  }
}

/** The type that a new `agent` field gets from its first value. */
export function typeOf(value: unknown): RawField['type'] {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
  return Array.isArray(value) ? 'list' : typeof value === 'string' ? 'string' : '';
}
