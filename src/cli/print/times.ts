/** Times and numbers for a person. Programs read the API's own. */

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

/** `3 h ago`, `in 20 min`; `now` within a minute. */
export function relativeTime(at: string, now = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  const size = Math.abs(seconds);
  const unit = units.find(([, length]) => size >= length * (length === 86_400 ? 2 : 1));
  if (unit === undefined) return 'now';
  const text = `${Math.round(size / unit[1])} ${unit[0]}`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

/** `2026-11-26 04:12 UTC (3 h ago)`: logs and audits speak in UTC as well. */
export function exactTime(at: string, now = Date.now()): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC (${relativeTime(at, now)})`;
}

/** `4 s`, `12 min`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

const grouped = new Intl.NumberFormat('en');

export function count(n: number): string {
  return grouped.format(n);
}
