/**
 * Aggregation pipelines as plain values. Instants are literals, never `now()`, so that every page of a run computes the same.
 * The id filter always stands before a group, so that a range costs what it holds and not what the subscription holds.
 */
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

export interface UsageRequest extends IdRange, DaySpan {
  /** Start of the first day that is no longer asked about. Epoch ms. */
  end: number;
  /** Start of the current window: days before it are the earlier one. Epoch ms. */
  windowStart: number;
  apps: Apps;
}

export interface NpsRequest extends IdRange, DaySpan {
  guideId: string;
  pollId: string;
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

/** Rows `{ visitorId, days, minutes, earlierMinutes }`; `days`: distinct days of the current window with an event. */
export function usageByVisitor(request: UsageRequest): Pipeline {
  const current = `day >= ${instant(request.windowStart)}`;
  return [
    events(request),
    inDays(request),
    { identified: 'visitorId' },
    ...within('visitorId', request),
    {
      group: {
        group: ['visitorId'],
        fields: {
          days: { countIf: { count: 'day', if: current } },
          minutes: { sum: `if(${current}, numMinutes, 0)` },
          earlierMinutes: { sum: `if(${current}, 0, numMinutes)` },
        },
      },
    },
  ];
}

/**
 * By account and visitor, because excluded visitors are taken out on our side before an account's days are counted. The first
 * group folds all rows of a day, and the whole earlier window, into one row each, so that the list stays short and distinct.
 *
 * Rows `{ accountId, visitorId, days, minutes, earlierMinutes }`; `days`: starts of the current window's days with an event, where
 * a 0 stands for some day of the earlier window.
 */
export function usageByAccountVisitor(request: UsageRequest): Pipeline {
  return [
    events(request),
    inDays(request),
    { identified: 'visitorId' },
    { filter: 'accountId != ""' },
    ...within('accountId', request),
    { eval: { activeDay: `if(day >= ${instant(request.windowStart)}, day, 0)` } },
    { group: { group: ['accountId', 'visitorId', 'activeDay'], fields: { dayMinutes: { sum: 'numMinutes' } } } },
    {
      group: {
        group: ['accountId', 'visitorId'],
        fields: {
          days: { list: 'activeDay' },
          minutes: { sum: 'if(activeDay > 0, dayMinutes, 0)' },
          earlierMinutes: { sum: 'if(activeDay > 0, 0, dayMinutes)' },
        },
      },
    },
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
        pollEvents: { guideId: request.guideId, pollId: request.pollId, appId: appId(request.apps) },
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

function events(request: UsageRequest): PipelineStage {
  return {
    source: { events: { appId: appId(request.apps), blacklist: 'apply' }, timeSeries: timeSeries(request) },
  };
}

/** Nothing says whether Pendo counts a date that its zone skipped as a day; with one in the window, `count` may reach too far. */
function inDays({ first, end }: UsageRequest): PipelineStage {
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
