import type { Switches } from '../contract.ts';

/** A total order over strings: two different strings are never equal in it, or keyset paging could not pass them. */
export type StringOrder = (a: string, b: string) => number;

/**
 * By UTF-8 bytes, which is by code point. Differs from UTF-16 only where surrogates meet U+E000 and above. Half a pair
 * counts as the code point it has.
 */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x < 0xd800 || y < 0xd800) return x - y;
    // The difference may lie within a pair, or between a pair and half of one.
    return (i > 0 && a.codePointAt(i - 1)! - b.codePointAt(i - 1)!) || a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}

function compareUtf16(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Case-insensitive first; ids that differ only in case follow each other. By UTF-16 units in both. */
export function compareCaseless(a: string, b: string): number {
  return compareUtf16(a.toLowerCase(), b.toLowerCase()) || compareUtf16(a, b);
}

export function stringOrder(name: Switches['pendoStringOrder']): StringOrder {
  return name === 'utf8' ? compareUtf8 : name === 'utf16' ? compareUtf16 : compareCaseless;
}

/** Of the comparison operators, which may follow another order than `sort`. */
export function comparisonOrder({ pendoStringOrder, pendoComparison }: Switches): StringOrder {
  if (pendoComparison === 'asSorted') return stringOrder(pendoStringOrder);
  return stringOrder(pendoStringOrder === 'caseless' ? 'utf8' : 'caseless');
}

const kinds = ['undefined', 'null', 'boolean', 'number', 'string', 'object'];

/** Order of any two values in `sort`: nothing first, then booleans, numbers, strings, the rest by its JSON. */
export function compareValues(a: unknown, b: unknown, strings: StringOrder): number {
  const kindA = a === null ? 'null' : typeof a;
  const kindB = b === null ? 'null' : typeof b;
  if (kindA !== kindB) return Math.max(1, kinds.indexOf(kindA)) - Math.max(1, kinds.indexOf(kindB));
  if (kindA === 'string') return strings(a as string, b as string);
  if (kindA === 'number' || kindA === 'boolean') return Number(a) - Number(b);
  if (kindA === 'object') return strings(JSON.stringify(a), JSON.stringify(b));
  return 0;
}
