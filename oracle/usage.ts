/** Usage of single pages, features and track types: one pass over all rows, however many of them are mapped. */
import type { EventFact } from './contract.ts';
import { DayCount, DayOrdinals, type EventScope, recordOf } from './event-rows.ts';
import type { ItemKind, ItemMapping } from './push-entry.ts';
import type { Windows } from './zone.ts';

export interface Usage {
  events: number;
  minutes: number;
  days: number;
  /** First and last day with a row, epoch ms. */
  first: number;
  last: number;
}

class Tally extends DayCount implements Usage {
  events = 0;
  minutes = 0;
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
}

interface Sum {
  from: number;
  tallies: Map<string, Tally>;
}

const idFields: [ItemKind, 'pageId' | 'featureId' | 'trackTypeId'][] = [
  ['page', 'pageId'],
  ['feature', 'featureId'],
  ['trackType', 'trackTypeId'],
];

export type UsageOf = (mapping: ItemMapping, days: number, recordId: string) => Usage | undefined;

/** @param windowsOf the windows of a number of days */
export function usageOf(
  events: Iterable<EventFact>,
  wanted: { mapping: ItemMapping; days: number }[],
  scope: EventScope & { windowsOf: (days: number) => Windows },
): UsageOf {
  const items: Record<ItemKind, Map<string, Map<number, Sum>>> = {
    page: new Map(),
    feature: new Map(),
    trackType: new Map(),
  };
  for (const { mapping, days } of wanted) {
    const byDays = items[mapping.source].get(mapping.id) ?? new Map<number, Sum>();
    items[mapping.source].set(mapping.id, byDays);
    if (!byDays.has(days)) byDays.set(days, { from: scope.windowsOf(days).current, tallies: new Map() });
  }
  add();
  return ({ source, id }, days, recordId) => items[source].get(id)?.get(days)?.tallies.get(recordId);

  function add(): void {
    const { t0 } = scope.windowsOf(1);
    const record = recordOf(scope);
    const ordinals = new DayOrdinals();
    for (const event of events) {
      if (event.day >= t0) continue;
      for (const [kind, field] of idFields) {
        const itemId = event[field];
        const sums = itemId === undefined ? undefined : items[kind].get(itemId);
        if (!sums) continue;
        const id = record(event);
        if (id === undefined) continue;
        for (const { from, tallies } of sums.values()) if (event.day >= from) count(tallies, id, event, ordinals);
      }
    }
  }
}

function count(tallies: Map<string, Tally>, id: string, event: EventFact, ordinals: DayOrdinals): void {
  let tally = tallies.get(id);
  if (!tally) {
    tally = new Tally();
    tallies.set(id, tally);
  }
  tally.events += event.events ?? 0;
  tally.minutes += event.minutes;
  tally.first = Math.min(tally.first, event.day);
  tally.last = Math.max(tally.last, event.day);
  tally.mark(ordinals.of(event.day));
}
