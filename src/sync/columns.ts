/** What push fields give the records of a page, field by field. */
import type { Canon, PushPlan } from './types.ts';

/** For the record at this place of its page. Undefined: not known this time, and so not compared. */
export type Column = (place: number) => Canon | undefined;

/** By HubSpot property. */
export type Columns = ReadonlyMap<string, Column>;

export type PushPlanOf<K extends string> = Extract<PushPlan, { source: K }>;

/** The fields of a plan that are compared. */
export function liveFields(push: readonly PushPlan[]): PushPlan[] {
  return push.filter((field) => field.stopped === undefined);
}

export function isOfSource<K extends Extract<PushPlan, { source: string }>['source']>(
  field: PushPlan,
  ...sources: readonly K[]
): field is PushPlan & { source: K } {
  return 'source' in field && (sources as readonly string[]).includes(field.source);
}

export function isOfMetric<M extends Extract<PushPlan, { metric: string }>['metric']>(
  field: PushPlan,
  ...metrics: readonly M[]
): field is PushPlan & { metric: M } {
  return 'metric' in field && (metrics as readonly string[]).includes(field.metric);
}

/** Missing is 0. What is no number makes the sum none, which is an invalid field of that record alone. */
export function figure(value: unknown): number {
  return typeof value === 'number' ? value : value === null || value === undefined ? 0 : Number.NaN;
}
