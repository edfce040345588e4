/**
 * Aggregation pipelines as plain values. Instants are literals, never `now()`, so that every page of a run computes the same.
 * The id filter always stands before a group, so that a range costs what it holds and not what the subscription holds.
 */
import { noDay } from '../sync/item-figures.ts';
import type { Pipeline, PipelineStage } from './types.ts';

/** `lo < id <= hi`; an open end is left out. */
export interface IdRange {
  lo?: string | undefined;
  hi?: string | undefined;
  /** Of these, only the named ones: a few hundred at most. */
  ids?: readonly string[] | undefined;
}

/** Whole days in the subscription's zone: `first` is the start of the first one in epoch ms. */
export interface DaySpan {
  first: number;
  days: number;
}

/** Pendo app ids; null: every app. Without an `appId`, Pendo reads the default app only. */
export type Apps = readonly number[] | null;

export interface PageRequest extends IdRange {
  limit: number;
  /** Name in the row -> path, e.g. `{ firstVisit: 'metadata.auto.firstvisit' }`. The id itself is always there. */
  select: Readonly<Record<string, string>>;
  /** Only those with a visit at or after this instant (epoch ms). */
  visitedSince?: number | undefined;
}

/** Days of a span that are asked about. */
interface SpanRequest extends IdRange, DaySpan {
  /** Start of the first day that is no longer asked about. Epoch ms. */
  end: number;
  apps: Apps;
}

export interface UsageRequest extends SpanRequest {
  /** The longest first. Members of the rows are named after their days. `earlierStart`: compared with the time before. */
  windows: readonly { days: number; start: number; earlierStart: number | null }[];
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

export interface NpsRequest extends IdRange, DaySpan {
  guideId: string;
  /** Undefined: every poll of the guide. */
  pollId?: string | undefined;
  /** `from <= browserTime < to`, epoch ms. */
  from: number;
  to: number;
  /** Which id `lo` and `hi` are about. */
  by: 'visitor' | 'account';
  apps: Apps;
}

/** As it comes, which may be anything. */
export interface NpsRow {
  visitorId: unknown;
  accountId?: unknown;
  pollId?: unknown;
  /** Number, decimal string, text or empty. */
  response: unknown;
  time: unknown;
  excluded?: unknown;
  appId?: unknown;
}

/**
 * A string literal of Pendo's expression language, which takes JSON's. An id with a quote or a backslash that is not escaped is
 * answered 400, or worse, changes the filter.
 */
export function literal(text: string): string {
  return JSON.stringify(text);
}

export function visitorsPage(request: PageRequest): Pipeline {
  return recordsPage('visitors', 'visitorId', request);
}

export function accountsPage(request: PageRequest): Pipeline {
  return recordsPage('accounts', 'accountId', request);
}

/**
 * A row for each visitor: of every window `days<n>`, its distinct days with an event, `minutes<n>`, and `earlier<n>`, the minutes
 * of the window before it.
 */
export function usageByVisitor(request: UsageRequest): Pipeline {
  const fields: Record<string, unknown> = {};
  for (const { days, start, earlierStart } of request.windows) {
    const current = `day >= ${instant(start)}`;
    fields[`days${days}`] = { countIf: { count: 'day', if: current } };
    fields[`minutes${days}`] = { sum: `if(${current}, numMinutes, 0)` };
    if (earlierStart !== null) {
      fields[`earlier${days}`] = { sum: `if(${between('day', earlierStart, start)}, numMinutes, 0)` };
    }
  }
  return [
    events(request),
    inDays(request),
    { identified: 'visitorId' },
    ...within('visitorId', request),
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
    events(request),
    inDays(request),
    { identified: 'visitorId' },
    { filter: 'accountId != ""' },
    ...within('accountId', request),
    { eval: { activeDay: `if(day >= ${instant(first)}, day, 0)` } },
    { group: { group: ['accountId', 'visitorId', 'activeDay'], fields: { dayMinutes: { sum: 'numMinutes' } } } },
    { group: { group: ['accountId', 'visitorId'], fields } },
  ];
}

/**
 * A row for each visitor and item: of every window what is asked for in it, as `events<n>`, `minutes<n>`, `days<n>` and
 * `first<n>` (`noDay` where there is none); and `last`, the last day of all.
 */
export function itemUseByVisitor(request: ItemUseRequest): Pipeline {
  const { id } = itemSources[request.kind];
  const fields = itemSums(request, 'numEvents', 'numMinutes');
  for (const { days, start, measures } of request.windows) {
    const inside = `day >= ${instant(start)}`;
    if (measures.includes('days')) fields[`days${days}`] = { countIf: { count: 'day', if: inside } };
    if (measures.includes('firstUse')) {
      fields[`first${days}`] = { min: `if(${inside}, day, ${instant(noDay)})` };
    }
    if (measures.includes('lastUse')) fields.last = { max: 'day' };
  }
  return [
    ...itemRows(request),
    ...within('visitorId', request),
    ...named(id, request.items),
    { group: { group: ['visitorId', id], fields } },
  ];
}

/**
 * By account, visitor and item, for excluded visitors are taken out on our side. A row for each: `events<n>` and `minutes<n>` as
 * by visitor, and `days`, starts of the days with use, where some field asks for days.
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
    {
      group: {
        group: [...keys, 'day'],
        fields: { dayEvents: { sum: 'numEvents' }, dayMinutes: { sum: 'numMinutes' } },
      },
    },
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

/** Rows `{ visitorId }` or `{ accountId }` of those of the range who are in a segment. */
export function segmentMembers(by: 'visitor' | 'account', segment: string, range: IdRange): Pipeline {
  const id = by === 'visitor' ? 'visitorId' : 'accountId';
  return [
    { source: { [`${by}s`]: null } },
    { identified: id },
    ...within(id, range),
    { segment: { id: segment } },
    { select: { [id]: id } },
  ];
}

/** Rows `{ day }`: starts of the days with activity, of any app, among `count` days from `first` (epoch ms) on. */
export function activeDays(first: number, count: number): Pipeline {
  return [
    {
      source: {
        events: { appId: appId(null), blacklist: 'apply' },
        timeSeries: timeSeries({ first, days: count }),
      },
    },
    { identified: 'visitorId' },
    { group: { group: ['day'], fields: { rows: { count: null } } } },
    { select: { day: 'day' } },
  ];
}

/** Every answer, not the newest: which one counts is a rule of `sync/`, and excluded people are known only there. */
export function npsAnswers(request: NpsRequest): Pipeline {
  return [
    {
      source: {
        pollEvents: {
          guideId: request.guideId,
          ...(request.pollId === undefined ? {} : { pollId: request.pollId }),
          appId: appId(request.apps),
        },
        timeSeries: timeSeries(request),
      },
    },
    { identified: 'visitorId' },
    ...(request.by === 'account' ? [{ filter: 'accountId != ""' }] : []),
    ...within(request.by === 'account' ? 'accountId' : 'visitorId', request),
    { filter: `browserTime >= ${instant(request.from)} && browserTime < ${instant(request.to)}` },
    {
      select: {
        visitorId: 'visitorId',
        accountId: 'accountId',
        pollId: 'pollId',
        response: 'pollResponse',
        time: 'browserTime',
        excluded: 'excluded',
        appId: 'appId',
      },
    },
  ];
}

/** Rows `{ ms, day }`: the start of the day, in the subscription's zone, that holds each instant. No endpoint names the zone. */
export function startOfPeriod(instants: readonly number[]): Pipeline {
  return [
    { source: { const: instants.map((ms) => ({ ms })) } },
    { eval: { day: 'startOfPeriod("daily", ms)' } },
    { select: { ms: 'ms', day: 'day' } },
  ];
}

/** Rows of all that is defined in any app, with what a person knows it by. */
export function definitions(source: 'pages' | 'features' | 'trackTypes'): Pipeline {
  return [
    { source: { [source]: { appId: appId(null) } } },
    {
      select: {
        id: 'id',
        name: 'name',
        appId: 'appId',
        group: 'group.name',
        createdAt: 'createdAt',
        changedAt: 'lastUpdatedAt',
      },
    },
  ];
}

/** Rows `{ id }` of all that is defined in any app: `guides`, `pages`, `features`, `trackTypes`. */
export function definitionIds(source: string): Pipeline {
  return [{ source: { [source]: { appId: appId(null) } } }, { select: { id: 'id' } }];
}

function recordsPage(source: 'visitors' | 'accounts', id: 'visitorId' | 'accountId', request: PageRequest): Pipeline {
  return [
    { source: { [source]: null } },
    { identified: id },
    ...within(id, request),
    ...(request.visitedSince === undefined
      ? []
      : [{ filter: `metadata.auto.lastvisit >= ${instant(request.visitedSince)}` }]),
    { sort: [id] },
    { limit: request.limit },
    { select: { ...request.select, [id]: id } },
  ];
}

function events(request: SpanRequest, source = 'events'): PipelineStage {
  return {
    source: { [source]: { appId: appId(request.apps), blacklist: 'apply' }, timeSeries: timeSeries(request) },
  };
}

function itemRows(request: ItemUseRequest): PipelineStage[] {
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

function between(day: string, start: number, end: number): string {
  return `${day} >= ${instant(start)} && ${day} < ${instant(end)}`;
}

function named(id: string, items: readonly string[] | undefined): PipelineStage[] {
  return items === undefined ? [] : [{ filter: items.map((one) => `${id} == ${literal(one)}`).join(' || ') }];
}

/** Nothing says whether Pendo counts a date that its zone skipped as a day; with one in the window, `count` may reach too far. */
function inDays({ first, end }: SpanRequest): PipelineStage {
  return { filter: `day >= ${instant(first)} && day < ${instant(end)}` };
}

function timeSeries(span: DaySpan): PipelineStage {
  return { period: 'dayRange', first: span.first, count: span.days };
}

function appId(apps: Apps): string | number[] {
  return apps === null ? 'expandAppIds("*")' : [...apps];
}

function within(id: string, range: IdRange): PipelineStage[] {
  const bounds: string[] = [];
  if (range.lo !== undefined) bounds.push(`${id} > ${literal(range.lo)}`);
  if (range.hi !== undefined) bounds.push(`${id} <= ${literal(range.hi)}`);
  if (range.ids !== undefined) bounds.push(`(${range.ids.map((one) => `${id} == ${literal(one)}`).join(' || ')})`);
  return bounds.length === 0 ? [] : [{ filter: bounds.join(' && ') }];
}

function instant(ms: number): string {
  if (!Number.isSafeInteger(ms)) throw new RangeError('An instant is a whole number of milliseconds.');
  return String(ms);
}
