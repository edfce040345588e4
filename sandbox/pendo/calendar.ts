/**
 * Days, weeks and months of one IANA zone. A day starts at the first instant that has its local date, also where
 * midnight does not exist or comes twice. Weeks start on Sunday.
 */
export interface Calendar {
  zone: string;
  /** Local civil date of an instant, as days since 1970-01-01. */
  dayNumber(at: number): number;
  /** First instant of a local civil date. */
  dayStart(dayNumber: number): number;
  /** What a clock on the wall shows, as if it were UTC: epoch ms plus the zone's offset. */
  wall(at: number): number;
  /** The instant at which the wall shows this; the earlier one when it comes twice, the end of the gap in a gap. */
  instant(wall: number): number;
  startOf(period: Period, at: number): number;
  /** Moves by calendar units, keeping the wall-clock time. Months end where they end. */
  add(at: number, count: number, unit: Period): number;
}

export const periods = ['hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly'] as const;
export type Period = (typeof periods)[number];

export const DAY = 86_400_000;
const HOUR = 3_600_000;
/** How far apart offsets are remembered; most zones change theirs at a multiple of this, and some did not. */
const QUARTER_HOUR = 900_000;

/** Throws RangeError when the zone does not exist. */
export function createCalendar(zone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsets = new Map<number, number>();
  const starts = new Map<number, number>();

  function offset(at: number): number {
    const slot = Math.floor(at / QUARTER_HOUR);
    const before = offsetAtStart(slot);
    // A change within the quarter: St John's moved its clocks at 00:01 until 2011.
    return before === offsetAtStart(slot + 1) ? before : exactOffset(at);
  }

  function offsetAtStart(slot: number): number {
    let known = offsets.get(slot);
    if (known === undefined) {
      known = exactOffset(slot * QUARTER_HOUR);
      if (offsets.size > 100_000) offsets.clear();
      offsets.set(slot, known);
    }
    return known;
  }

  function exactOffset(at: number): number {
    const second = Math.floor(at / 1000) * 1000;
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(second)) part[type] = Number(value);
    return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!) - second;
  }

  const wall = (at: number) => at + offset(at);
  const dayNumber = (at: number) => Math.floor(wall(at) / DAY);

  /** The first instant from which on `reached` holds, between two instants. */
  function firstInstant(low: number, high: number, reached: (at: number) => boolean): number {
    let [before, after] = [low, high];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (reached(middle)) after = middle;
      else before = middle;
    }
    return after;
  }

  function dayStart(day: number): number {
    let start = starts.get(day);
    if (start === undefined) {
      const midnight = day * DAY;
      const guess = midnight - offset(midnight - offset(midnight));
      const plain = dayNumber(guess) === day && dayNumber(guess - 1) === day - 1;
      start = plain ? guess : firstInstant(midnight - 20 * HOUR, midnight + 20 * HOUR, (at) => dayNumber(at) >= day);
      if (starts.size > 100_000) starts.clear();
      starts.set(day, start);
    }
    return start;
  }

  function instant(shown: number): number {
    for (const around of [shown - DAY, shown, shown + DAY]) {
      const candidate = shown - offset(around);
      if (wall(candidate) === shown) return candidate;
    }
    return firstInstant(shown - 30 * HOUR, shown + 30 * HOUR, (at) => wall(at) >= shown);
  }

  function startOf(period: Period, at: number): number {
    if (period === 'hourly') return at - (((wall(at) % HOUR) + HOUR) % HOUR);
    const day = dayNumber(at);
    if (period === 'daily') return dayStart(day);
    if (period === 'weekly') return dayStart(day - ((((day + 4) % 7) + 7) % 7));
    const date = new Date(day * DAY);
    const month =
      period === 'monthly'
        ? date.getUTCMonth()
        : period === 'quarterly'
          ? date.getUTCMonth() - (date.getUTCMonth() % 3)
          : 0;
    return dayStart(Date.UTC(date.getUTCFullYear(), month, 1) / DAY);
  }

  function add(at: number, count: number, unit: Period): number {
    if (unit === 'hourly') return at + count * HOUR;
    const shown = wall(at);
    const startOfDay = dayStart(dayNumber(at)) === at;
    let moved: number;
    if (unit === 'daily' || unit === 'weekly') moved = shown + count * DAY * (unit === 'weekly' ? 7 : 1);
    else {
      const months = count * (unit === 'monthly' ? 1 : unit === 'quarterly' ? 3 : 12);
      const date = new Date(shown);
      const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
      const next = new Date(first);
      const last = new Date(Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1, 0)).getUTCDate();
      moved = first + (Math.min(date.getUTCDate(), last) - 1) * DAY + (((shown % DAY) + DAY) % DAY);
    }
    return startOfDay ? dayStart(Math.floor(moved / DAY)) : instant(moved);
  }

  return { zone, dayNumber, dayStart, wall, instant, startOf, add };
}
