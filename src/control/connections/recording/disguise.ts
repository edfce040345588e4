/** Invented texts and numbers in the place of real ones: the same for the same, of the same shape, and of the same type. */
import { createHash, randomBytes, randomInt } from 'node:crypto';

export interface Disguise {
  /** Invented, and remembered. */
  text(real: string): string;
  number(real: number): number;
  /** What was invented for this text; undefined: it was not met yet. */
  known(real: string): string | undefined;
}

const date = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?$/;
/** Whole numbers below are no ids. */
const leastId = 100;
const day = 86_400_000;

/** Nobody can work out what stood there before: what is invented depends on a key that is kept nowhere. */
export function createDisguise(): Disguise {
  const key = randomBytes(32);
  /** Added to every id that is a number: their order, and whether they are equal, is what questions are about. */
  const shift = randomInt(10 ** 9, 10 ** 10);
  const days = randomInt(400, 4_000);
  const invented = new Map<string, string>();
  const taken = new Set<string>();

  function invent(real: string): string {
    if (/^-?\d+$/.test(real)) return shifted(real);
    if (date.test(real)) return earlier(real);
    for (let attempt = 0; ; attempt++) {
      const text = likeIt(real, createHash('sha512').update(key).update(`${attempt} ${real}`).digest());
      // Where a shape is used up, it is no longer kept.
      const unique = attempt < 50 ? text : `${text}${attempt}`;
      if (unique !== real && !taken.has(unique)) return unique;
      if (!/[\p{L}\p{N}]/u.test(real)) return real;
    }
  }

  function shifted(real: string): string {
    const value = BigInt(real);
    if (value < 0n) return value > -BigInt(leastId) ? real : String(value - BigInt(shift));
    return value < BigInt(leastId) ? real : String(value + BigInt(shift));
  }

  /** Some years earlier, in the same form. */
  function earlier(real: string): string {
    const at = Date.parse(`${real.slice(0, 10)}T00:00:00Z`);
    return Number.isNaN(at) ? '2001-01-01' : new Date(at - days * day).toISOString().slice(0, 10) + real.slice(10);
  }

  return {
    text(real) {
      const before = invented.get(real);
      if (before !== undefined) return before;
      const text = invent(real);
      invented.set(real, text);
      taken.add(text);
      return text;
    },
    number(real) {
      // An id may be a number here and its text there.
      return Number.isSafeInteger(real) ? Number(this.text(String(real))) : real;
    },
    known: (real) => invented.get(real),
  };
}

const ascii = { lower: 'abcdefghijklmnopqrstuvwxyz', upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', digit: '0123456789' };
/** Of other scripts, so that what is not ASCII stays so. */
const other = { lower: 'äéøßñ', upper: 'ÄÉØÑÇ', letter: '日本語中文字' };

/** Letters for letters, digits for digits; signs, spaces, length and the beginning of an address stay. */
function likeIt(real: string, noise: Buffer): string {
  let at = 0;
  const pick = (from: string): string => {
    const chars = [...from];
    return chars[(noise[at++ % noise.length] ?? 0) % chars.length] ?? '';
  };
  const [start = ''] = /^https?:\/\//.exec(real) ?? [];
  const rest = [...real.slice(start.length)].map((char) => {
    if (/[a-z]/.test(char)) return pick(ascii.lower);
    if (/[A-Z]/.test(char)) return pick(ascii.upper);
    if (/[0-9]/.test(char)) return pick(ascii.digit);
    if (/\p{Ll}/u.test(char)) return pick(other.lower);
    if (/\p{Lu}/u.test(char)) return pick(other.upper);
    return /[\p{L}\p{N}]/u.test(char) ? pick(other.letter) : char;
  });
  return start + rest.join('');
}
