import type { Canon, InvalidReason } from './types.ts';

// The same language as `-?\d*\.?\d+([eE][+-]?\d+)?`, but without a choice to backtrack over: a 60 kB run of digits
// with a bad last character takes that one seconds.
const decimal = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A decimal text as ECMAScript writes its nearest double (underflow and −0 are 0), or why it is none. */
export function readDecimal(text: string): string | { invalid: InvalidReason } {
  if (!decimal.test(text)) return { invalid: 'notANumber' };
  return readDouble(Number(text));
}

export function readDouble(value: number): string | { invalid: InvalidReason } {
  if (!Number.isFinite(value)) return { invalid: 'notFinite' };
  return String(value); // writes -0 as 0
}

/** The canonical form of a number that we computed. */
export function numberCanon(value: number): Canon {
  return readDouble(value);
}
