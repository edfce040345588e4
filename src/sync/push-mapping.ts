/** What a sync may push from Pendo into HubSpot: one entry of `push`. The meaning of each is in docs/semantics.md, 3.1 and 3.4. */
import { z } from 'zod';

/** The seven fields that need no source named. `totalVisitors` exists for accounts only. */
export const pushMetrics = [
  'firstVisit',
  'lastVisit',
  'daysActive',
  'timeOnApp',
  'usageTrending',
  'totalVisitors',
  'latestNps',
] as const;
export type PushMetric = (typeof pushMetrics)[number];

/** Things of Pendo's whose use can be counted. */
export const usageKinds = ['page', 'feature', 'trackType'] as const;
export type UsageKind = (typeof usageKinds)[number];

/** What is counted of a page, a feature or a track type. Only pages have minutes. */
export const usageMeasures = ['events', 'days', 'minutes', 'firstUse', 'lastUse'] as const;
export type UsageMeasure = (typeof usageMeasures)[number];

/** What an NPS answer says beside its score (`latestNps`). The last three exist for accounts only. */
export const npsMeasures = [
  'category',
  'comment',
  'answeredOn',
  'averageScore',
  'netPromoterScore',
  'answers',
] as const;
export type NpsMeasure = (typeof npsMeasures)[number];

/** Whole days up to yesterday. */
export const windowSchema = z.union([z.literal(7), z.literal(30), z.literal(90), z.literal(180)]);
export type WindowDays = z.infer<typeof windowSchema>;

/** What is found in Pendo by an id that a person chose, and has a name that may change. */
export const itemKinds = [...usageKinds, 'segment'] as const;
export type ItemKind = (typeof itemKinds)[number];

const target = {
  /** HubSpot property name. Left out: made from the source, with the window's suffix. */
  property: z
    .string()
    .regex(/^pendo_[a-z0-9_]+$/, 'a name that begins with pendo_, of lower-case letters, digits and _')
    .max(100)
    .optional(),
  /** Label of the HubSpot property. Left out: made from the source. */
  label: z.string().trim().min(1).max(200).optional(),
};
const id = z.string().min(1).max(200);
const window = windowSchema.optional();

const metricMapping = z.strictObject({ metric: z.enum(pushMetrics), window, ...target });

const metadataMapping = z.strictObject({
  source: z.literal('metadata'),
  /** Group of Pendo's metadata: `auto`, `agent`, `custom`, `salesforce`, … */
  group: z.string().min(1).max(200),
  /** Name of the field in its group. */
  field: z.string().min(1).max(200),
  ...target,
  /** Of a time: the day in the subscription's zone, or the instant. */
  timeAs: z.enum(['date', 'datetime']).default('date'),
  onEmpty: z.enum(['clear', 'keep']).default('clear'),
});

const usageMapping = z.strictObject({
  source: z.enum(usageKinds),
  /** Pendo's id of the page, feature or track type. */
  id,
  measure: z.enum(usageMeasures),
  /** Left out: the sync's `window`. */
  window,
  ...target,
});

const npsMapping = z.strictObject({ source: z.literal('nps'), measure: z.enum(npsMeasures), ...target });

const segmentMapping = z.strictObject({
  source: z.literal('segment'),
  /** Pendo's id of the segment. */
  id,
  ...target,
});

const activeVisitorsMapping = z.strictObject({
  source: z.literal('activeVisitors'),
  /** Left out: the sync's `window`. */
  window,
  ...target,
});

export const pushMappingSchema = z.union([
  metricMapping,
  metadataMapping,
  usageMapping,
  npsMapping,
  segmentMapping,
  activeVisitorsMapping,
]);
export type PushMapping = z.infer<typeof pushMappingSchema>;

/** The entries that name an item of Pendo's. */
export type ItemMapping = Extract<PushMapping, { id: string }>;
export const isItemMapping = (mapping: PushMapping): mapping is ItemMapping => 'id' in mapping;
