import type { InvalidReason } from './types.ts';

/** 0000-01-01T00:00Z, the first instant that RFC 3339 and `YYYY-MM-DD` can write. */
export const firstInstant = -62_167_219_200_000;
/** 9999-12-31T23:59:59.999Z, the last. */
export const lastInstant = 253_402_300_799_999;

const dayText = /^(\d{4})-(\d\d)-(\d\d)$/;
const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const integerText = /^-?\d+$/;

/**
 * Epoch ms, floored, of any of the accepted forms: `YYYY-MM-DD` (its UTC midnight), RFC 3339, integer ms as number or
 * text. Years outside 0 to 9999 are refused: Pendo may read a time back as RFC 3339, which cannot write them.
 */
export function readInstant(raw: unknown): number | { invalid: InvalidReason } {
  const ms = typeof raw === 'number' ? raw : typeof raw === 'string' ? instantOfText(raw) : Number.NaN;
  if (!Number.isInteger(ms)) return { invalid: 'notATime' };
  if (ms < firstInstant || ms > lastInstant) return { invalid: 'outOfRange' };
  return ms;
}

/** `YYYY-MM-DD` of the UTC day that holds this instant; years outside 0 to 9999 have a sign and six digits. */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, -'T00:00:00.000Z'.length);
}

/** NaN when it is not one of the accepted texts. */
function instantOfText(text: string): number {
  if (integerText.test(text)) return Number(text);
  const day = dayText.exec(text);
  if (day) return midnight(day);
  const parts = rfc3339.exec(text);
  if (!parts) return Number.NaN;
  const [hour, minute, second] = [Number(parts[4]), Number(parts[5]), Number(parts[6])];
  const [offsetHour, offsetMinute] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  // A leap second (:60) has no epoch ms of its own, and no vendor writes one.
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return Number.NaN;
  const milliseconds = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offset = (offsetHour * 60 + offsetMinute) * 60_000 * (parts[8] === '-' ? -1 : 1);
  return midnight(parts) + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds - offset;
}

/** UTC midnight of the parts 1 to 3 of a match; NaN for a day that no calendar has. */
function midnight(parts: RegExpExecArray): number {
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const date = new Date(0);
  // Not `Date.UTC`, which takes the years 0 to 99 for 1900 to 1999. Days that are none roll over into another month.
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : Number.NaN;
}
