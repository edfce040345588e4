/** Pipelines that count activity: of people and accounts, and of single pages, features and track types. */
import {
  type Activity,
  activityRows,
  appId,
  between,
  type DaySpan,
  events,
  inDays,
  instant,
  literal,
  type SpanRequest,
  timeSeries,
  within,
} from './pipeline-parts.ts';
import type { Pipeline, PipelineStage } from './types.ts';

export interface UsageRequest extends SpanRequest {
  /** The longest first. Members of the rows are named after their days. `earlierStart`: compared with the time before. */
  windows: readonly { days: number; start: number; earlierStart: number | null }[];
  activity?: Activity;
}

/** Sources of item rows, with the member that holds the item's id. */
export const itemSources = {
  page: { source: 'pageEvents', id: 'pageId' },
  feature: { source: 'featureEvents', id: 'featureId' },
  trackType: { source: 'trackEvents', id: 'trackTypeId' },
} as const;

/** So many ids stand in one filter; of more, everything is asked for. */
const mostNamed = 40;

export function namedItems(ids: readonly string[]): readonly string[] | undefined {
  return ids.length <= mostNamed ? ids : undefined;
}

export interface ItemUseRequest extends SpanRequest {
  kind: keyof typeof itemSources;
  /** Undefined: of every item, which is cheaper than naming very many. */
  items: readonly string[] | undefined;
  windows: readonly {
    days: number;
    start: number;
    measures: readonly ('events' | 'days' | 'minutes' | 'firstUse' | 'lastUse')[];
  }[];
}

/**
 * A row for each visitor: of every window `days<n>`, its distinct days with an event, `minutes<n>`, and `earlier<n>`, the minutes
 * of the window before it.
 */
export function usageByVisitor(request: UsageRequest): Pipeline {
  const fields: Record<string, unknown> = {};
  const minutes = request.foldsDays ? 'dayMinutes' : 'numMinutes';
  for (const { days, start, earlierStart } of request.windows) {
    const current = `day >= ${instant(start)}`;
    fields[`days${days}`] = { countIf: { count: 'day', if: current } };
    fields[`minutes${days}`] = { sum: `if(${current}, ${minutes}, 0)` };
    if (earlierStart !== null) {
      fields[`earlier${days}`] = { sum: `if(${between('day', earlierStart, start)}, ${minutes}, 0)` };
    }
  }
  return [
    ...activityRows(request, within('visitorId', request)),
    ...(request.foldsDays ? [foldDays(['visitorId'])] : []),
    { group: { group: ['visitorId'], fields } },
  ];
}

/**
 * By account and visitor, because excluded visitors are taken out on our side before an account's days are counted. The first
 * group folds all rows of a day, and all days before the longest window, into one row each, so that the list stays short and
 * distinct.
 *
 * A row for each account and visitor: `days`, starts of the days with an event in the longest window, where a 0 stands for some
 * day before it; `minutes<n>` and `earlier<n>` as by visitor.
 */
export function usageByAccountVisitor(request: UsageRequest): Pipeline {
  const first = request.windows[0]?.start ?? request.end;
  const fields: Record<string, unknown> = { days: { list: 'activeDay' } };
  for (const { days, start, earlierStart } of request.windows) {
    fields[`minutes${days}`] = { sum: `if(activeDay >= ${instant(start)}, dayMinutes, 0)` };
    if (earlierStart === null) continue;
    // All that is before the longest window is the time before it: of the others, that time lies inside the longest.
    const earlier = start === first ? 'activeDay == 0' : between('activeDay', earlierStart, start);
    fields[`earlier${days}`] = { sum: `if(${earlier}, dayMinutes, 0)` };
  }
  return [
    ...activityRows(request, [{ filter: 'accountId != ""' }, ...within('accountId', request)]),
    { eval: { activeDay: `if(day >= ${instant(first)}, day, 0)` } },
    { group: { group: ['accountId', 'visitorId', 'activeDay'], fields: { dayMinutes: { sum: 'numMinutes' } } } },
    { group: { group: ['accountId', 'visitorId'], fields } },
  ];
}

/**
 * A row for each visitor, item and `span`: the shortest window that a day lies in, by its number of days. A window is the sum of
 * its spans and of the shorter ones, so each row of Pendo's is counted once, however many windows there are. A row has `events`,
 * `minutes`, `days` (distinct ones), `first` and `last` (starts of days), as far as some field asks for them.
 */
export function itemUseByVisitor(request: ItemUseRequest): Pipeline {
  const { id } = itemSources[request.kind];
  const { foldsDays = false, windows } = request;
  const measured = {
    events: { sum: foldsDays ? 'dayEvents' : 'numEvents' },
    minutes: { sum: foldsDays ? 'dayMinutes' : 'numMinutes' },
    days: { count: 'day' },
    firstUse: { min: 'day' },
    lastUse: { max: 'day' },
  };
  const names = { events: 'events', minutes: 'minutes', days: 'days', firstUse: 'first', lastUse: 'last' } as const;
  const measures = Object.keys(measured) as (keyof typeof measured)[];
  const asked = measures.filter((measure) => windows.some((window) => window.measures.includes(measure)));
  return [
    ...itemRows(request),
    ...within('visitorId', request),
    ...named(id, request.items),
    ...(foldsDays ? [foldDays(['visitorId', id])] : []),
    { eval: { span: spanOfDay(windows) } },
    {
      group: {
        group: ['visitorId', id, 'span'],
        fields: Object.fromEntries(asked.map((measure) => [names[measure], measured[measure]])),
      },
    },
  ];
}

/** The shortest window that holds `day`; every day asked about lies in the longest. */
function spanOfDay(windows: ItemUseRequest['windows']): string {
  const [longest, ...shorter] = windows;
  return shorter.reduce(
    (rest, { days, start }) => `if(day >= ${instant(start)}, ${days}, ${rest})`,
    `${longest?.days ?? 0}`,
  );
}

/**
 * By account, visitor and item, for excluded visitors are taken out on our side. A row for each: `events<n>` and `minutes<n>` of
 * every window of n days, and `days`, starts of the days with use, where some field asks for days.
 */
export function itemUseByAccountVisitor(request: ItemUseRequest): Pipeline {
  const { id } = itemSources[request.kind];
  const keys = ['accountId', 'visitorId', id];
  const needsDays = request.windows.some(({ measures }) =>
    measures.some((one) => one === 'days' || one === 'firstUse' || one === 'lastUse'),
  );
  return [
    ...itemRows(request),
    { filter: 'accountId != ""' },
    ...within('accountId', request),
    ...named(id, request.items),
    foldDays(keys),
    {
      group: {
        group: keys,
        fields: {
          ...itemSums(request, 'dayEvents', 'dayMinutes'),
          ...(needsDays ? { days: { list: 'day' } } : {}),
        },
      },
    },
  ];
}

export interface ItemDaysRequest extends SpanRequest {
  kind: keyof typeof itemSources;
  /** Undefined: of every item. */
  items: readonly string[] | undefined;
  /** Names of properties of track events. */
  properties?: readonly string[] | undefined;
}

/**
 * A row for each visitor, item and day: `day` (its start), `events` and `minutes`. By account: each of its visitors apart. Of each
 * property, the values of these rows in a list `property<n>`, by its place: a name may be one that a row has otherwise.
 */
export function itemDays(request: ItemDaysRequest, of: 'visitor' | 'account'): Pipeline {
  const { id } = itemSources[request.kind];
  const who = of === 'visitor' ? ['visitorId'] : ['accountId', 'visitorId'];
  const { properties = [] } = request;
  return [
    ...itemRows(request),
    ...(of === 'visitor' ? [] : [{ filter: 'accountId != ""' }]),
    ...within(`${of}Id`, request),
    ...named(id, request.items),
    ...(properties.length === 0 ? [] : [{ eval: pathsOf(properties) }]),
    {
      group: {
        group: [...who, id, 'day'],
        fields: { events: { sum: 'numEvents' }, minutes: { sum: 'numMinutes' }, ...listsOf(properties) },
      },
    },
  ];
}

/** The member of a row of `itemDays` that has the values of the n-th property. */
export const valuesOf = (n: number): string => `property${n}`;

/** What `eval` makes of the properties of a row, and what a group lists of it. */
export const pathsOf = (properties: readonly string[]): Record<string, string> =>
  Object.fromEntries(properties.map((name, n) => [valuesOf(n), `properties.${name}`]));
export const listsOf = (properties: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(properties.map((_, n) => [valuesOf(n), { list: valuesOf(n) }]));

export interface TrackRowsRequest extends DaySpan {
  trackTypeId: string;
  most: number;
}

/** Of a track type, of every app, `day` and `properties` of the newest rows. */
export function trackRows({ trackTypeId, most, ...span }: TrackRowsRequest): Pipeline {
  const { source, id } = itemSources.trackType;
  return [
    { source: { [source]: { appId: appId(null), blacklist: 'apply' }, timeSeries: timeSeries(span) } },
    { filter: `${id} == ${literal(trackTypeId)}` },
    { select: { day: 'day', properties: 'properties' } },
    { sort: ['-day'] },
    { limit: most },
  ];
}

/** One row for each day. */
function foldDays(keys: readonly string[]): PipelineStage {
  const fields = { dayEvents: { sum: 'numEvents' }, dayMinutes: { sum: 'numMinutes' } };
  return { group: { group: [...keys, 'day'], fields } };
}

function itemRows(request: SpanRequest & Pick<ItemUseRequest, 'kind'>): PipelineStage[] {
  return [events(request, itemSources[request.kind].source), inDays(request), { identified: 'visitorId' }];
}

function itemSums({ windows }: ItemUseRequest, numEvents: string, numMinutes: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const { days, start, measures } of windows) {
    const inside = `day >= ${instant(start)}`;
    if (measures.includes('events')) fields[`events${days}`] = { sum: `if(${inside}, ${numEvents}, 0)` };
    if (measures.includes('minutes')) fields[`minutes${days}`] = { sum: `if(${inside}, ${numMinutes}, 0)` };
  }
  return fields;
}

function named(id: string, items: readonly string[] | undefined): PipelineStage[] {
  return items === undefined ? [] : [{ filter: items.map((one) => `${id} == ${literal(one)}`).join(' || ') }];
}
