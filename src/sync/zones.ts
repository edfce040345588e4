/** Names of time zones. */
import { Temporal } from 'temporal-polyfill';

/**
 * An IANA zone name that this run time knows. Bare offsets (`+01:00`) are none: they have no daylight saving. Nor are the short
 * names that ICU alone has (`PST`, `ACT`): calendars refuse them.
 */
export function isZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && resolvedZone(name) !== undefined;
}

function resolvedZone(name: string): string | undefined {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return undefined;
  }
}

/** The name as IANA spells it (`europe/berlin` is `Europe/Berlin`); what is no zone stays as it is. Links stay links. */
export function zoneName(text: string): string {
  const name = text.trim();
  return isZone(name) ? (resolvedZone(name) ?? text) : text;
}
