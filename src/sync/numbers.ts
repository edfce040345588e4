import type { InvalidReason } from './types.ts';

// The same language as `-?\d*\.?\d+([eE][+-]?\d+)?`, but without a choice to backtrack over: a 60 kB run of digits
// with a bad last character takes that one seconds.
const decimal = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A decimal text as ECMAScript writes its nearest double (underflow and −0 are 0), or why it is none. */
export function readDecimal(text: string): string | { invalid: InvalidReason } {
  if (!decimal.test(text)) return { invalid: 'notANumber' };
  return numberCanon(Number(text));
}

/** The canonical form of a double: as ECMAScript writes it, which makes −0 `0`. */
export function numberCanon(value: number): string | { invalid: InvalidReason } {
  return Number.isFinite(value) ? String(value) : { invalid: 'notFinite' };
}

/** A number, or a text that says one; undefined: neither. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && decimal.test(value) ? Number(value) : undefined;
}
