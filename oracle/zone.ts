/** Calendar days in an IANA zone, from nothing but `Intl`. A day is written `YYYY-MM-DD`. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the zone's clocks are ahead of UTC at an instant, in ms. */
function offsetAt(ms: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', hour: 'numeric' });
    formats.set(zone, format);
  }
  const name = format.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name);
  if (!match) throw new Error(`Unexpected offset name ${name} in ${zone}`);
  const seconds = Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
  return (match[1] === '-' ? -seconds : seconds) * 1000;
}

/** The UTC day of an instant. Throws a RangeError beyond what a date can be. */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().split('T')[0]!;
}

/** The local date of an instant. Throws a RangeError beyond what a date can be. */
export function localDay(ms: number, zone: string): string {
  return utcDay(ms + offsetAt(ms, zone));
}

/** The instant within a second at which the offset changes in `(from, to]`. */
function transition(from: number, to: number, zone: string): number {
  const before = offsetAt(from, zone);
  let low = from;
  let high = to;
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offsetAt(middle, zone) === before) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The first instant that has this local date: not always 00:00, since clocks may jump over midnight, and not
 * always the last 00:00, since they may fall back to the day before. For a day that a zone skipped, the first
 * instant after it.
 */
export function startOfDay(day: string, zone: string): number {
  const utc = Date.parse(`${day}T00:00:00Z`);
  const candidates: number[] = [];
  let previous = utc - 26 * HOUR;
  for (let at = previous; at <= utc + 26 * HOUR; at += HOUR) {
    candidates.push(utc - offsetAt(at, zone));
    if (offsetAt(at, zone) !== offsetAt(previous, zone)) candidates.push(transition(previous, at, zone));
    previous = at;
  }
  const onDay = candidates.filter((at) => localDay(at, zone) === day);
  if (onDay.length > 0) return Math.min(...onDay);
  return Math.min(...candidates.filter((at) => localDay(at, zone) > day));
}

export function addDays(day: string, days: number): string {
  return utcDay(Date.parse(`${day}T00:00:00Z`) + days * DAY);
}

/** Calendar months back; a day that the month lacks becomes its last. */
export function minusMonths(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const index = year * 12 + (month - 1) - months;
  const last = new Date(Date.UTC(Math.floor(index / 12), (index % 12) + 1, 0)).getUTCDate();
  return utcDay(Date.UTC(Math.floor(index / 12), index % 12, Math.min(date, last)));
}

export interface Windows {
  /** Start of the day of `asOf`; today is in neither window. */
  t0: number;
  /** Current window: `[current, t0)`. */
  current: number;
  /** Earlier window: `[earlier, current)`. */
  earlier: number;
  /** NPS answers: `[npsFrom, asOf)`. */
  npsFrom: number;
  asOf: number;
}

export function windowsAt(asOf: number, zone: string, days: number): Windows {
  const today = localDay(asOf, zone);
  return {
    t0: startOfDay(today, zone),
    current: startOfDay(addDays(today, -days), zone),
    earlier: startOfDay(addDays(today, -2 * days), zone),
    npsFrom: startOfDay(minusMonths(today, 84), zone),
    asOf,
  };
}
