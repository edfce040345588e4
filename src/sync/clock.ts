/** Calendar days in the subscription's time zone (docs/semantics.md, section 1). Instants are epoch ms. */
import { Temporal } from 'temporal-polyfill';
import { utcDay } from './instants.ts';

const dayMs = 86_400_000;

export interface Windows {
  /** Start of the day of `asOf`; the current window ends before it. */
  T0: number;
  currentStart: number;
  /** Start of the equally long window before the current one, which ends where that one starts. */
  earlierStart: number;
}

/**
 * The first instant that has the local date of `ms`: often local midnight, but 01:00 where the clocks skip midnight, and
 * the earlier midnight where they run through it twice.
 */
export function startOfDay(ms: number, zone: string): number {
  return localDay(ms, zone).toZonedDateTime(zone).epochMilliseconds;
}

/**
 * The usage windows of a run: whole calendar days, so that a window with a clock change is an hour longer or shorter. A
 * border on a date that the zone skipped altogether is the first instant after it.
 */
export function windows(asOf: number, zone: string, days: number): Windows {
  const today = localDay(asOf, zone);
  const start = (daysBack: number): number =>
    today.subtract({ days: daysBack }).toZonedDateTime(zone).epochMilliseconds;
  return { T0: start(0), currentStart: start(days), earlierStart: start(2 * days) };
}

/** Start of the day that is so many calendar days before the day of `ms`. */
export function daysBefore(ms: number, zone: string, days: number): number {
  return localDay(ms, zone).subtract({ days }).toZonedDateTime(zone).epochMilliseconds;
}

/**
 * Calendar days from the day of `from` up to the day of `to`, a skipped date counted like any other: from Monday to Wednesday
 * two.
 */
export function daysBetween(from: number, to: number, zone: string): number {
  return localDay(from, zone).until(localDay(to, zone)).days;
}

/**
 * So many calendar days from the day of `from` on hold every instant before `end`. Mostly these are the days up to that of `end`;
 * where clocks go back over midnight, a day begins before the one before it has ended.
 */
export function daysCovering(from: number, end: number, zone: string): number {
  const days = daysBetween(from, end, zone) + 1;
  return localDay(from, zone).add({ days }).toZonedDateTime(zone).epochMilliseconds >= end ? days : days + 1;
}

/** Start of a local date, `YYYY-MM-DD`. */
export function startOfDate(date: string, zone: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
}

/** The date so many calendar days before another; after it, where `days` is negative. */
export function dateBefore(date: string, days: number): string {
  return Temporal.PlainDate.from(date).subtract({ days }).toString();
}

/** Start of the day that is so many calendar months before the day of `ms` (29 February falls back to the 28th). */
export function monthsBefore(ms: number, zone: string, months: number): number {
  return localDay(ms, zone).subtract({ months }).toZonedDateTime(zone).epochMilliseconds;
}

/**
 * The local date of `ms` as `YYYY-MM-DD`. Called twice for every visitor of a scan, so UTC days on which the zone's
 * offset stands still are remembered: that is six times as fast as asking the calendar anew.
 */
export function dayIn(ms: number, zone: string): string {
  const offset = steadyOffset(Math.floor(ms / dayMs), zone);
  return offset === null ? localDay(ms, zone).toString() : utcDay(ms + offset);
}

const offsets = new Map<string, Map<number, number | null>>();
const rememberedDays = 50_000;

/** The offset in ms that holds for a whole UTC day, or null on a day with a change. */
function steadyOffset(day: number, zone: string): number | null {
  const days = offsets.get(zone) ?? new Map<number, number | null>();
  offsets.set(zone, days);
  const known = days.get(day);
  if (known !== undefined) return known;
  const first = offsetAt(day * dayMs, zone);
  const steady = first === offsetAt((day + 1) * dayMs - 1, zone) ? first : null;
  if (days.size >= rememberedDays) days.clear();
  days.set(day, steady);
  return steady;
}

function offsetAt(ms: number, zone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).offsetNanoseconds / 1_000_000;
}

function localDay(ms: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate();
}
