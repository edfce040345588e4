/** Days, minutes and trend, by adding up event rows one at a time. */
import type { EventFact } from './contract.ts';
import { DayCount, DayOrdinals, type EventScope, recordOf } from './event-rows.ts';
import type { Windows } from './zone.ts';

export interface Activity {
  days: number;
  /** Minutes of the current window. */
  minutes: number;
  /** Minutes of the earlier window. */
  earlier: number;
}

class Tally extends DayCount {
  minutes = 0;
  earlier = 0;
}

export interface ActivityScope extends EventScope {
  windows: Windows;
}

/** Activity by visitor id or account id. Who has no event row in either window is not in the map. */
export function activityOf(events: Iterable<EventFact>, scope: ActivityScope): Map<string, Activity> {
  const { t0, current, earlier } = scope.windows;
  const record = recordOf(scope);
  const tallies = new Map<string, Tally>();
  const ordinals = new DayOrdinals();
  for (const event of events) {
    if (event.day < earlier || event.day >= t0) continue;
    const id = record(event);
    if (id === undefined) continue;
    let tally = tallies.get(id);
    if (!tally) {
      tally = new Tally();
      tallies.set(id, tally);
    }
    if (event.day < current) {
      tally.earlier += event.minutes;
      continue;
    }
    tally.minutes += event.minutes;
    tally.mark(ordinals.of(event.day));
  }
  return tallies;
}

/** Rows of tagged pages and of features alone; only pages have minutes. */
export function pagesAndFeatures(events: Iterable<EventFact>): Iterable<EventFact> {
  return {
    *[Symbol.iterator]() {
      for (const event of events) {
        // Rows without a tagged page carry `allevents`.
        if (event.pageId && event.pageId !== 'allevents') yield event;
        else if (event.featureId) yield { ...event, minutes: 0 };
      }
    },
  };
}

/** Distinct visitors with an event row of each account in the current window. */
export function activeVisitorsOf(events: Iterable<EventFact>, scope: ActivityScope): Map<string, number> {
  const { t0, current } = scope.windows;
  const record = recordOf(scope);
  const visitors = new Map<string, Set<string>>();
  for (const event of events) {
    if (event.day < current || event.day >= t0) continue;
    const id = record(event);
    if (id === undefined) continue;
    const active = visitors.get(id);
    if (active) active.add(event.visitorId);
    else visitors.set(id, new Set([event.visitorId]));
  }
  return new Map([...visitors].map(([id, active]) => [id, active.size]));
}

/** Percent change to one decimal, half away from zero; null where there is nothing to compare with. */
export function usageTrending(minutes: number, earlier: number): number | null {
  if (earlier === 0) return null;
  // The formula is the same for both doubled, and doubling turns any two doubles into integers.
  let [current, before] = [minutes, earlier];
  while (!Number.isInteger(current) || !Number.isInteger(before)) [current, before] = [current * 2, before * 2];
  const [m, p] = [BigInt(current), BigInt(before)];
  const gap = m < p ? p - m : m - p;
  const tenths = Number((2000n * gap + p) / (2n * p));
  return tenths === 0 ? 0 : (m < p ? -tenths : tenths) / 10;
}
