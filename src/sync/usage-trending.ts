import { numberCanon } from './numbers.ts';
import type { Canon } from './types.ts';

/**
 * Change of minutes in percent points, one decimal: `sign(M−P) × floor((2000·|M−P| + P) / 2P) / 10`, which rounds half
 * away from zero. P = 0: nothing to compare with.
 *
 * Minutes are whole in practice and the arithmetic then stays in safe integers. Beyond them, or should Pendo ever
 * report fractions, the same formula runs on BigInt: scaling both sides by one power of two changes nothing in it and
 * makes any two doubles whole, so that the answer is exact there too.
 */
export function usageTrending(current: number, earlier: number): Canon {
  if (!Number.isFinite(current) || !Number.isFinite(earlier)) return { invalid: 'notFinite' };
  if (current < 0 || earlier < 0) return { invalid: 'negativeMinutes' };
  if (earlier === 0) return null;
  const sign = current < earlier ? -1 : 1;
  const dividend = 2000 * Math.abs(current - earlier) + earlier;
  if (Number.isInteger(current) && Number.isInteger(earlier) && Number.isSafeInteger(dividend)) {
    const divisor = 2 * earlier;
    return numberCanon((sign * ((dividend - (dividend % divisor)) / divisor)) / 10);
  }
  return exactly(current, earlier, sign);
}

/** Minutes as HubSpot shall hold them. Less than none cannot be: a sum that is, is not understood, and is not written. */
export function timeOnApp(minutes: number): Canon {
  return minutes < 0 ? { invalid: 'negativeMinutes' } : numberCanon(minutes);
}

function exactly(current: number, earlier: number, sign: number): Canon {
  const [left, right] = [wholeAfterDoubling(current), wholeAfterDoubling(earlier)];
  const doublings = Math.max(left.doublings, right.doublings);
  const m = left.whole << BigInt(doublings - left.doublings);
  const p = right.whole << BigInt(doublings - right.doublings);
  const tenths = (2000n * (m > p ? m - p : p - m) + p) / (2n * p);
  return numberCanon(sign * Number(`${tenths / 10n}.${tenths % 10n}`));
}

/** Doubling is exact, and a double with a fraction is small: it becomes whole long before it overflows. */
function wholeAfterDoubling(value: number): { whole: bigint; doublings: number } {
  let [whole, doublings] = [value, 0];
  for (; !Number.isInteger(whole); doublings++) whole *= 2;
  return { whole: BigInt(whole), doublings };
}
