/** Days that are asked about in as few parts as Pendo manages in its time. */
import { daysBefore, daysBetween } from '../../sync/clock.ts';
import { isTooMuch, type Learning } from '../step/learning.ts';
import type { Instants } from './instants.ts';

export interface DayPart {
  /** Starts of its first day and of the day after it, epoch ms. */
  first: number;
  end: number;
  days: number;
}

/** Parts are not made shorter than this; then the page must get smaller. */
const fewestDays = 10;

/**
 * Asks about the whole days before today, part by part, and from the beginning in smaller parts where one was too much. That is
 * remembered for the next pages and steps: what was too much once will be again.
 *
 * @param begin makes what the parts are collected in
 */
export async function askInParts<T>(
  { T0, zone }: Pick<Instants, 'T0' | 'zone'>,
  learning: Learning,
  days: number,
  begin: (parts: number) => T,
  ask: (into: T, part: DayPart) => Promise<void>,
): Promise<T> {
  const dayStart = (n: number): number => daysBefore(T0, zone, days - n);
  for (;;) {
    const parts = learning.known.parts ?? 1;
    try {
      const into = begin(parts);
      for (let part = 0; part < parts; part++) {
        const first = dayStart(Math.floor((days * part) / parts));
        const end = dayStart(Math.floor((days * (part + 1)) / parts));
        // Both borders may be one: of a part without a day, or on a date that the zone skipped, which is then the day after it.
        if (first !== end) await ask(into, { first, end, days: daysBetween(first, end, zone) });
      }
      return into;
    } catch (error) {
      if (!isTooMuch(error) || days / (2 * parts) < fewestDays) throw error;
      await learning.lower({ parts: parts * 2 }, error);
    }
  }
}
