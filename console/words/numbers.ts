/** Numbers, times and durations as a reader's own language and zone show them. */
const numbers = new Intl.NumberFormat(undefined);
const percents = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const dayOnly = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const plural = new Intl.PluralRules('en');

export const readerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const count = (n: number): string => numbers.format(n);
export const share = (part: number, whole: number): string => (whole === 0 ? '–' : percents.format(part / whole));

/** `1 record`, `2 records`. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${numbers.format(n)} ${plural.select(n) === 'one' ? one : many}`;

/** With the reader's zone, for hovering. */
export const exactTime = (at: string | number | Date): string => exact.format(new Date(at));

/** A day as the API names it, `2026-11-27`. */
export const dayName = (day: string): string => dayOnly.format(new Date(`${day}T00:00:00Z`));

/** `04:12` today, else `26 Nov, 04:12`. */
export function shortTime(at: string | number | Date, now = Date.now()): string {
  const date = new Date(at);
  return date.toDateString() === new Date(now).toDateString() ? clockTime.format(date) : dayAndTime.format(date);
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `3 hours ago`, `in 11 hours`. */
export function relativeTime(at: string | number | Date, now = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  if (Math.abs(seconds) < 45) return seconds < 0 ? 'just now' : 'now';
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size * (unit === 'day' ? 2 : 1)) return relative.format(Math.round(seconds / size), unit);
  }
  return relative.format(Math.round(seconds), 'second');
}

/** `4 s`, `12 min`, `3 h 20 min`, `2 days`. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'less than 1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return counted(Math.round(hours / 24), 'day');
}
