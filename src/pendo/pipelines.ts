/**
 * Aggregation pipelines as plain values. Instants are literals, never `now()`, so that every page of a run computes the same.
 * The id filter always stands before a group, so that a range costs what it holds and not what the subscription holds.
 */
import {
  type Apps,
  appId,
  type DaySpan,
  type IdRange,
  instant,
  literal,
  timeSeries,
  within,
} from './pipeline-parts.ts';
import type { Pipeline, PipelineStage } from './types.ts';

export { type IdRange, literal } from './pipeline-parts.ts';
export * from './use-pipelines.ts';

export interface PageRequest extends IdRange {
  limit: number;
  /** Name in the row -> path, e.g. `{ firstVisit: 'metadata.auto.firstvisit' }`. The id itself is always there. */
  select: Readonly<Record<string, string>>;
  /** Only those with a visit at or after this instant (epoch ms). */
  visitedSince?: number | undefined;
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
  /** Guide and poll are looked for among the answers of the apps: for a Pendo that does not take them beside an app. */
  filtered?: boolean | undefined;
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

export function visitorsPage(request: PageRequest): Pipeline {
  return recordsPage('visitors', 'visitorId', request);
}

export function accountsPage(request: PageRequest): Pipeline {
  return recordsPage('accounts', 'accountId', request);
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

/** Rows `{ visitorId }` or `{ accountId }` of some that Pendo must not process, whoever was deleted in bulk among them. */
export function doNotProcess(of: 'visitor' | 'account', limit: number): Pipeline {
  const source = of === 'visitor' ? 'doNotProcessVisitors' : 'doNotProcessAccounts';
  return [{ source: { [source]: null } }, { limit }, { select: { [`${of}Id`]: `${of}Id` } }];
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

/**
 * Rows `{ used, people, minutes, pageMinutes }` of everybody with a row of `events`: who used something `tagged` (a page or a
 * feature), who has `track` events only, and who has `none` of these.
 */
export function activityBySource(first: number, days: number): Pipeline {
  const branch = (source: string): PipelineStage[] => [
    {
      source: { [source]: { appId: appId(null), blacklist: 'apply' }, timeSeries: timeSeries({ first, days }) },
    },
    { identified: 'visitorId' },
    { group: { group: ['visitorId'], fields: { spent: { sum: 'numMinutes' } } } },
    { eval: { of: literal(source) } },
  ];
  const rowsOf = (...sources: string[]): string => sources.map((source) => `of == ${literal(source)}`).join(' || ');
  const fields = {
    seen: { sum: `if(${rowsOf('events')}, 1, 0)` },
    tagged: { sum: `if(${rowsOf('pageEvents', 'featureEvents')}, 1, 0)` },
    track: { sum: `if(${rowsOf('trackEvents')}, 1, 0)` },
    all: { sum: `if(${rowsOf('events')}, spent, 0)` },
    onPages: { sum: `if(${rowsOf('pageEvents')}, spent, 0)` },
  };
  return [
    { spawn: ['events', 'pageEvents', 'featureEvents', 'trackEvents'].map(branch) },
    { group: { group: ['visitorId'], fields } },
    { filter: 'seen > 0' },
    { eval: { used: 'if(tagged > 0, "tagged", if(track > 0, "track", "none"))' } },
    {
      group: {
        group: ['used'],
        fields: { people: { count: null }, minutes: { sum: 'all' }, pageMinutes: { sum: 'onPages' } },
      },
    },
  ];
}

/** Every answer, not the newest: which one counts is a rule of `sync/`, and excluded people are known only there. */
export function npsAnswers(request: NpsRequest): Pipeline {
  const { guideId, pollId } = request;
  const survey = { guideId, ...(pollId === undefined ? {} : { pollId }) };
  const asked = Object.entries(survey).map(([name, id]) => `${name} == ${literal(id)}`);
  return [
    {
      source: {
        pollEvents: { ...(request.filtered ? {} : survey), appId: appId(request.apps) },
        timeSeries: timeSeries(request),
      },
    },
    ...(request.filtered ? [{ filter: asked.join(' && ') }] : []),
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

/** Guides of every app and state, as `GET guide` shows them. */
export function guidesOfApps(): Pipeline {
  return [
    { source: { guides: { appId: appId(null) } } },
    { select: { id: 'id', name: 'name', state: 'state', appId: 'appId', polls: 'polls' } },
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
