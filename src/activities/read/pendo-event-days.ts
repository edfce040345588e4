/** Days with use of the items that are sent as events, by the records of a page: one question for a kind, however many entries. */
import { trackProperties } from '../../assumptions/pendo/track-properties.ts';
import type { EventDay } from '../../db/events/days.ts';
import { readEntries } from '../../db/events/entries.ts';
import { pipelines } from '../../pendo/index.ts';
import { dayIn, daysBetween, startOfDate } from '../../sync/clock.ts';
import { figure } from '../../sync/columns.ts';
import { type EventSpan, eventSpans } from '../../sync/event-days.ts';
import { eventDeliveryOf } from '../../sync/event-mapping.ts';
import { liveEvents } from '../../sync/event-plan.ts';
import { chosenProperties, collectRow, type DayValues, textsOf } from '../../sync/event-values.ts';
import { numberIn } from '../../sync/numbers.ts';
import { type UsageKind, usageKinds } from '../../sync/push-mapping.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';
import type { Reading } from './column-reader.ts';
import { askInParts, type DayPart } from './day-parts.ts';
import { instantsOf } from './instants.ts';
import { goesAnotherWay } from './other-ways.ts';
import { type PageIds, recordIdOf } from './pendo-people.ts';
import { planOf } from './row-rules.ts';

interface CollectedDay extends Omit<EventDay, 'properties'> {
  values: DayValues;
}

export type EventDaysReader = (page: PageIds) => Promise<EventDay[]>;

/** What a run looks at of each entry that is read. The same answer until it has settled. */
export async function spansOf(step: Step, ref: RunRef): Promise<EventSpan[]> {
  const { run } = step;
  const events = liveEvents(planOf(run).events);
  if (events.length === 0) return [];
  const known = await step.read((tx) => readEntries(tx, ref));
  return eventSpans(events, known, instantsOf(run), eventDeliveryOf(run.config));
}

/** Undefined: nothing is sent as an event. */
export function createEventDaysReader(reading: Reading, spans: readonly EventSpan[]): EventDaysReader | undefined {
  const kinds = usageKinds.filter((kind) => spans.some(({ source }) => source === kind));
  if (kinds.length === 0) return undefined;
  return async (page) => {
    const days: EventDay[] = [];
    for (const kind of kinds) days.push(...(await daysOfKind(reading, kind, spans, page)));
    return days;
  };
}

async function daysOfKind(
  reading: Reading,
  kind: UsageKind,
  all: readonly EventSpan[],
  { places, ...range }: PageIds,
): Promise<EventDay[]> {
  const { pendo, object, plan, config, instants, excluded, learning } = reading;
  const { zone, T0 } = instants;
  const spans = new Map(all.filter(({ source }) => source === kind).map((span) => [span.id, span]));
  const first = startOfDate([...spans.values()].map(({ from }) => from).sort()[0]!, zone);
  const until = [...spans.values()]
    .map((span) => span.until)
    .sort()
    .at(-1)!;
  const last = startOfDate(until, zone);
  if (first >= last) return [];
  const idName = pipelines.itemSources[kind].id;
  const items = pipelines.namedItems([...spans.keys()].sort());
  const withoutThem = goesAnotherWay(learning.known, trackProperties);
  const chosen = chosenProperties(withoutThem ? [] : liveEvents(plan.events).filter(({ source }) => source === kind));
  const take = (into: Map<string, CollectedDay>, row: Record<string, unknown>): void => {
    const id = recordIdOf(row[idName]) ?? '';
    const pendoId = recordIdOf(row[`${object}Id`]) ?? '';
    const span = spans.get(id);
    const start = numberIn(row.day);
    if (span === undefined || !places.has(pendoId) || start === undefined) return;
    if (object === 'account' && excluded(recordIdOf(row.visitorId) ?? '')) return;
    const day = dayIn(start, zone);
    if (day < span.from || day >= span.until) return;
    const key = JSON.stringify([pendoId, id, day]);
    const collected = into.get(key) ?? { pendoId, source: kind, id, day, events: 0, minutes: 0, values: new Map() };
    collected.events += figure(row.events);
    collected.minutes += figure(row.minutes);
    collectRow(collected.values, chosen, id, (n) => row[pipelines.valuesOf(n)]);
    into.set(key, collected);
  };
  const collected = await askInParts(
    instants,
    learning,
    daysBetween(first, T0, zone),
    () => new Map<string, CollectedDay>(),
    async (into, part) => {
      const asked = before(part, last, zone);
      if (asked === undefined) return;
      const request = { ...range, ...asked, kind, items, apps: config.apps, properties: chosen.names };
      await pendo.aggregate<Record<string, unknown>>(pipelines.itemDays(request, object), (row) => take(into, row));
    },
  );
  return [...collected.values()].flatMap(({ values, ...day }) => {
    // Nothing, or a day that cannot be read.
    if (!(day.events > 0 && day.minutes >= 0)) return [];
    const properties = textsOf(values);
    return [properties.length === 0 ? day : { ...day, properties }];
  });
}

/** The days of a part that are over for good; undefined: none. */
function before(part: DayPart, end: number, zone: string): DayPart | undefined {
  if (part.end <= end) return part;
  return part.first >= end ? undefined : { first: part.first, end, days: daysBetween(part.first, end, zone) };
}
