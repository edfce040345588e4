/** Count and minutes of each record, item and day. */
import type { EventFact, Truth } from '../contract.ts';
import { recordOf } from '../event-rows.ts';
import { peopleOf } from '../people.ts';
import type { ItemKind } from '../push-entry.ts';
import { localDay } from '../zone.ts';
import type { OccurrenceSetup } from './contract.ts';

export interface DayUse {
  count: number;
  minutes: number;
}

const idFields = { page: 'pageId', feature: 'featureId', trackType: 'trackTypeId' } as const satisfies Record<
  ItemKind,
  string
>;

/** By item (`source id`), record and day. Days that are invalid, or have no count above 0, are left out. */
export type UseOf = (item: string, recordId: string, day: string) => DayUse | undefined;

export function useByDay(truth: Truth, setup: OccurrenceSetup): UseOf {
  const record = recordOf({
    apps: setup.syncConfig.apps,
    excludedVisitors: peopleOf(truth, setup).excludedVisitors,
    by: setup.object,
  });
  const wanted = setup.events.map(({ source, id }) => ({ field: idFields[source], id, item: `${source} ${id}` }));
  const sums = new Map<string, DayUse>();
  const days = new Map<number, string>();
  const keyOf = (item: string, id: string, day: string): string => JSON.stringify([item, id, day]);
  for (const event of truth.events) {
    const id = record(event);
    if (id === undefined) continue;
    for (const one of wanted) if (event[one.field] === one.id) add(one.item, id, event);
  }
  return (item, id, day) => {
    const use = sums.get(keyOf(item, id, day));
    const isValid = use !== undefined && use.count > 0 && Number.isFinite(use.count) && use.minutes >= 0;
    return isValid ? use : undefined;
  };

  function add(item: string, id: string, event: EventFact): void {
    let day = days.get(event.day);
    if (day === undefined) {
      day = localDay(event.day, setup.pendo.zone);
      days.set(event.day, day);
    }
    const key = keyOf(item, id, day);
    const use = sums.get(key) ?? { count: 0, minutes: 0 };
    sums.set(key, { count: use.count + (event.events ?? 0), minutes: use.minutes + event.minutes });
  }
}
