/** Count, minutes and chosen properties of each record, item and day. */
import type { EventFact, Truth } from '../contract.ts';
import { recordOf } from '../event-rows.ts';
import { peopleOf } from '../people.ts';
import type { ItemKind } from '../push-entry.ts';
import { localDay } from '../zone.ts';
import { DayTexts } from './chosen-properties.ts';
import type { OccurrenceSetup } from './contract.ts';

export interface DayUse {
  count: number;
  minutes: number;
  /** By Pendo's names. */
  values: ReadonlyMap<string, string>;
}

interface Sum {
  count: number;
  minutes: number;
  texts: DayTexts;
}

interface Wanted {
  item: string;
  names: string[];
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
  const wanted = setup.events.map(({ source, id, properties = [] }) => ({
    field: idFields[source],
    id,
    item: `${source} ${id}`,
    names: properties.map(({ name }) => name),
  }));
  const sums = new Map<string, Sum>();
  const days = new Map<number, string>();
  const keyOf = (item: string, id: string, day: string): string => JSON.stringify([item, id, day]);
  for (const event of truth.events) {
    const id = record(event);
    if (id === undefined) continue;
    for (const one of wanted) if (event[one.field] === one.id) add(one, id, event);
  }
  return (item, id, day) => {
    const use = sums.get(keyOf(item, id, day));
    if (use === undefined || !Number.isFinite(use.count) || use.count <= 0 || !(use.minutes >= 0)) return undefined;
    return { count: use.count, minutes: use.minutes, values: use.texts.values() };
  };

  function add({ item, names }: Wanted, id: string, event: EventFact): void {
    let day = days.get(event.day);
    if (day === undefined) {
      day = localDay(event.day, setup.pendo.zone);
      days.set(event.day, day);
    }
    const key = keyOf(item, id, day);
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = { count: 0, minutes: 0, texts: new DayTexts(names) };
      sums.set(key, sum);
    }
    sum.count += event.events ?? 0;
    sum.minutes += event.minutes;
    if (event.properties) sum.texts.add(event.properties);
  }
}
