import { isDeepStrictEqual } from 'node:util';

/** Equal once stored: `jsonb` keeps no order of members, and JSON has neither undefined members nor a negative zero. */
export function isSameJson(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(asStored(one), asStored(other));
}

/** What reading it back from the database gives. */
export function asStored(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
