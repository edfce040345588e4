/** What push fields give the records of a page, field by field. */
import { numberIn } from './numbers.ts';
import type { UsageKind } from './push-mapping.ts';
import type { Canon, PushPlan } from './types.ts';

/** For the record at this place of its page. Undefined: not known this time, and so not compared. */
export type Column = (place: number) => Canon | undefined;

/** By HubSpot property. */
export type Columns = ReadonlyMap<string, Column>;

export type MetricPlan = Extract<PushPlan, { metric: string }>;
export type ItemPlan = Extract<PushPlan, { source: UsageKind }>;
type SourcePlan = Exclude<PushPlan, MetricPlan>;

/** The fields of a plan that are compared. */
export function liveFields(push: readonly PushPlan[]): PushPlan[] {
  return push.filter((field) => field.stopped === undefined);
}

export function isOfMetric(field: PushPlan, ...metrics: readonly MetricPlan['metric'][]): field is MetricPlan {
  return 'metric' in field && metrics.includes(field.metric);
}

export function isOfSource<K extends Exclude<SourcePlan, ItemPlan>['source']>(
  field: PushPlan,
  source: K,
): field is Extract<PushPlan, { source: K }> {
  return 'source' in field && field.source === source;
}

export function isOfItems(field: PushPlan, kind: UsageKind): field is ItemPlan {
  return 'source' in field && field.source === kind;
}

/** Missing is 0, and a number may come as text. What is neither makes the sum none, which is an invalid field of that record alone. */
export function figure(value: unknown): number {
  return numberIn(value) ?? (value === null || value === undefined ? 0 : Number.NaN);
}
