/** Which days a run looks at: those that are over, for as long as Pendo takes late events. */
import { addDays, localDay } from '../zone.ts';
import type { OccurrenceSetup, Span } from './contract.ts';

/** Days in which late events are still looked for, and how far back anything is looked at. */
const lateDays = 7;
const farthest = 90;

export function todayOf({ asOf, pendo }: Pick<OccurrenceSetup, 'asOf' | 'pendo'>): string {
  return localDay(asOf, pendo.zone);
}

/** The latest day that is due: over, and settled. */
export function lastDue(setup: OccurrenceSetup): string {
  return addDays(todayOf(setup), -(1 + setup.eventDelivery.settleDays));
}

/** Before this day nothing is looked at, and what is owed is dropped. */
export const oldestDay = (setup: OccurrenceSetup): string => addDays(todayOf(setup), -farthest);

const later = (...days: string[]): string => days.toSorted().at(-1)!;

/** The first day fixed by an entry's first run, and the days that this run looks at. */
export function spanOf(setup: OccurrenceSetup, known: Span | undefined): { span: Span; days: string[] } {
  const first = known?.first ?? addDays(todayOf(setup), -setup.eventDelivery.backfillDays);
  const from = later(first, oldestDay(setup), ...(known ? [addDays(known.through, -lateDays)] : []));
  const until = lastDue(setup);
  const days: string[] = [];
  for (let day = from; day <= until; day = addDays(day, 1)) days.push(day);
  // A larger settle time takes nothing back.
  const through = later(addDays(until, 1), ...(known ? [known.through] : []));
  return { span: { first, through }, days };
}
