/** Which days of an entry a run looks at: docs/semantics.md, section 3.5. Dates are local ones in the subscription's zone. */
import { dateBefore, dayIn } from './clock.ts';
import type { EventDelivery } from './event-mapping.ts';
import type { UsageKind } from './push-mapping.ts';
import type { EventPlan } from './types.ts';

/** Pendo takes events as late as this, and goes back no further than we do. In days. */
const lateDays = 7;
export const mostDays = 90;

/** What earlier runs have left of an entry. */
export interface KnownEntry {
  source: UsageKind;
  id: string;
  firstDay: string;
  through: string;
}

export interface EventSpan {
  source: UsageKind;
  id: string;
  /** The first day that is ever sent. */
  firstDay: string;
  /** The days looked at: from here, up to the day before `until`. */
  from: string;
  until: string;
}

/** Before this date nothing is looked at, and nothing stays owed. */
export function oldestDay(asOf: number, zone: string): string {
  return dateBefore(dayIn(asOf, zone), mostDays);
}

export function eventSpans(
  events: readonly Pick<EventPlan, 'source' | 'id'>[],
  known: readonly KnownEntry[],
  { asOf, zone }: { asOf: number; zone: string },
  { settleDays, backfillDays }: Pick<EventDelivery, 'settleDays' | 'backfillDays'>,
): EventSpan[] {
  const today = dayIn(asOf, zone);
  const until = dateBefore(today, settleDays);
  return events.map(({ source, id }): EventSpan => {
    const before = known.find((entry) => entry.source === source && entry.id === id);
    const firstDay = before?.firstDay ?? dateBefore(today, backfillDays);
    const again = before === undefined ? firstDay : dateBefore(before.through, lateDays);
    return { source, id, firstDay, from: latest(firstDay, again, oldestDay(asOf, zone)), until };
  });
}

/** Of dates as text. */
function latest(...dates: readonly string[]): string {
  return dates.toSorted().at(-1) as string;
}
