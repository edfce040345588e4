import type { Row } from '../expression/compile.ts';
import { BadRequest } from '../refusals.ts';
import { plainObject } from './fields.ts';
import { type Request, type RowSource, unordered } from './flow.ts';
import type { TimeSeries, Window } from './time-series.ts';

/** A source as it stands in a request. */
export interface SourceRequest {
  name: string;
  parameters: unknown;
  timeSeries: unknown;
  /** The operators behind it, for filters that the source can serve itself. */
  following: [string, unknown][];
}

/** A source, its parameters read. `open` is called once per window; without a time series once, with none. */
interface OpenSource {
  open(window: Window): RowSource;
  /** Visitor-days (or what compares with them) per day of the time series. */
  costPerDay: number;
}

/** How one source reads its parameters. */
export interface SourceKind {
  timed: boolean;
  compile(request: Request, source: SourceRequest, series: TimeSeries | undefined): OpenSource;
}

export function parametersOf(parameters: unknown): Record<string, unknown> {
  return parameters === null || parameters === undefined ? {} : plainObject(parameters, 'source');
}

/**
 * The apps that a source reads: `appId` as number, list or expression; the default app only when it is left out, unless
 * a page, feature, guide, … is named: that belongs to an app, and readers name nothing else then.
 */
export function appsOf(appId: unknown, request: Request, named = false): Set<number> {
  if (appId === undefined || appId === null) {
    if (named) return new Set(request.truth.subscription.apps.map((app) => app.id));
    return new Set(request.truth.subscription.apps.filter((app) => app.default).map((app) => app.id));
  }
  const value = typeof appId === 'string' ? request.compiler.constant(appId) : appId;
  const list = Array.isArray(value) ? value : [value];
  for (const id of list)
    if (typeof id !== 'number') throw new BadRequest(`appId needs numbers, not ${JSON.stringify(appId)}`);
  return new Set(list as number[]);
}

export function stringOr(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new BadRequest(`${name} needs a string`);
}

export function listSource(rows: Row[]): RowSource {
  return {
    flow: unordered,
    units: () => rows.keys(),
    emit: (unit, sink) => sink.push(rows[unit]!),
  };
}
