/** When a cron expression fires: on which days, how far apart, and what changes of clocks do to it. */
import { Temporal } from 'temporal-polyfill';
import { type Cron, CronError, parseCron } from './cron.ts';

const dayMs = 86_400_000;

/**
 * Days on which it fires, as days since 1970, among the `days` from `first` on. Day of month and day of week both have to fit
 * (Temporal takes both, unlike classic cron).
 */
export function firingDays(cron: Cron, first: number, days: number): number[] {
  const found: number[] = [];
  for (let day = first; day < first + days; day++) {
    const date = new Date(day * dayMs);
    if (
      cron.daysOfMonth.includes(date.getUTCDate()) &&
      cron.months.includes(date.getUTCMonth() + 1) &&
      cron.daysOfWeek.includes(date.getUTCDay())
    ) {
      found.push(day);
    }
  }
  return found;
}

/** Long enough for a 29 February on each day of the week. */
const lookAheadDays = 41 * 366;
/** Nine years hold two of 29 February, wherever they begin. */
const gapDays = 9 * 366;

/** Hours of the longest time between two starts, by the calendar. Null: it never fires. */
export function longestGapHours(cron: Cron, now: number): number | null {
  const first = Math.floor(now / dayMs);
  const near = firingDays(cron, first, gapDays);
  const days = near.length > 1 ? near : firingDays(cron, first, lookAheadDays);
  if (days.length === 0) return null;
  const hours = cron.hours;
  const between = hours.slice(1).map((hour, at) => hour - hours[at]!);
  const overnight = days.slice(1).map((day, at) => (day - days[at]!) * 24 + hours[0]! - hours.at(-1)!);
  return Math.max(...between, ...(overnight.length > 0 ? overnight : [lookAheadDays * 24]));
}

/** The same for an expression as it is written; null also where it cannot be read. */
export function gapHours(text: string, now: number): number | null {
  try {
    return longestGapHours(parseCron(text), now);
  } catch (error) {
    if (error instanceof CronError) return null;
    throw error;
  }
}

export interface ClockChange {
  /** `YYYY-MM-DD HH:MM` by the clock of the zone. */
  at: string;
  happens: 'never' | 'twice';
}

const yearsOfChanges = 2;

/** Starts of the coming two years whose time of day does not exist on that day, or exists twice. */
export function clockChanges(cron: Cron, zone: string, now: number): ClockChange[] {
  const found: ClockChange[] = [];
  const end = now + yearsOfChanges * 366 * dayMs;
  let from = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  for (;;) {
    const change = from.getTimeZoneTransition('next');
    if (change === null || change.epochMilliseconds > end) return found;
    const [before, after] = [change.subtract({ nanoseconds: 1 }).offsetNanoseconds, change.offsetNanoseconds].map(
      (offset) => Math.round(offset / 1e6),
    ) as [number, number];
    // Wall-clock times from the earlier of both readings of the moment to the later one are skipped, or run through twice.
    const low = change.epochMilliseconds + Math.min(before, after);
    const high = change.epochMilliseconds + Math.max(before, after);
    for (const day of firingDays(
      cron,
      Math.floor(low / dayMs),
      Math.floor(high / dayMs) - Math.floor(low / dayMs) + 1,
    )) {
      for (const hour of cron.hours) {
        const wall = day * dayMs + hour * 3_600_000 + cron.minute * 60_000;
        if (wall < low || wall >= high) continue;
        const at = new Date(wall).toISOString().slice(0, 16).replace('T', ' ');
        found.push({ at, happens: after > before ? 'never' : 'twice' });
      }
    }
    from = change;
  }
}
