/** Parts that pipelines are made of. Instants are literals, never `now()`, so that every page of a run computes the same. */
import type { PipelineStage } from './types.ts';

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

/** Days of a span that are asked about. */
export interface SpanRequest extends IdRange, DaySpan {
  /** Start of the first day that is no longer asked about. Epoch ms. */
  end: number;
  apps: Apps;
  /** Rows of a day are made one before days are counted: for a Pendo that counts rows. It costs Pendo a second group. */
  foldsDays?: boolean | undefined;
}

/**
 * A string literal of Pendo's expression language, which takes JSON's. An id with a quote or a backslash that is not escaped is
 * answered 400, or worse, changes the filter.
 */
export function literal(text: string): string {
  return JSON.stringify(text);
}

export function events(request: SpanRequest, source = 'events'): PipelineStage {
  return {
    source: { [source]: { appId: appId(request.apps), blacklist: 'apply' }, timeSeries: timeSeries(request) },
  };
}

/** An event row is a row of a tagged page or of a feature; without it, any row of `events`. */
export type Activity = 'pagesAndFeatures' | undefined;

/**
 * Rows of activity of identified people. A feature is used on a page, which has its minutes.
 * @param narrowed filters on ids, which must stand before anything else for a range to cost what it holds
 */
export function activityRows(
  request: SpanRequest & { activity?: Activity },
  narrowed: PipelineStage[],
): PipelineStage[] {
  const rows = (source: string): PipelineStage[] => [
    events(request, source),
    inDays(request),
    { identified: 'visitorId' },
    ...narrowed,
  ];
  if (request.activity === undefined) return rows('events');
  return [{ spawn: [rows('pageEvents'), [...rows('featureEvents'), { eval: { numMinutes: '0' } }]] }];
}

export function between(day: string, start: number, end: number): string {
  return `${day} >= ${instant(start)} && ${day} < ${instant(end)}`;
}

/** Nothing says whether Pendo counts a date that its zone skipped as a day; with one in the window, `count` may reach too far. */
export function inDays({ first, end }: SpanRequest): PipelineStage {
  return { filter: `day >= ${instant(first)} && day < ${instant(end)}` };
}

export function timeSeries(span: DaySpan): PipelineStage {
  return { period: 'dayRange', first: span.first, count: span.days };
}

export function appId(apps: Apps): string | number[] {
  return apps === null ? 'expandAppIds("*")' : [...apps];
}

export function within(id: string, range: IdRange): PipelineStage[] {
  const bounds: string[] = [];
  if (range.lo !== undefined) bounds.push(`${id} > ${literal(range.lo)}`);
  if (range.hi !== undefined) bounds.push(`${id} <= ${literal(range.hi)}`);
  if (range.ids !== undefined) bounds.push(`(${range.ids.map((one) => `${id} == ${literal(one)}`).join(' || ')})`);
  return bounds.length === 0 ? [] : [{ filter: bounds.join(' && ') }];
}

export function instant(ms: number): string {
  if (!Number.isSafeInteger(ms)) throw new RangeError('An instant is a whole number of milliseconds.');
  return String(ms);
}
