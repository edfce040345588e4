/**
 * The configuration of one sync (one tenant, one object), as it is stored, sent over the API and frozen into a run.
 * The meaning of every setting is in docs/semantics.md.
 */
import { z } from 'zod';
import { eventDeliverySchema, eventMappingSchema } from './event-mapping.ts';
import { pushMappingSchema, windowSchema } from './push-mapping.ts';
import { zoneName } from './zones.ts';

export const syncObjects = ['visitor', 'account'] as const;
export type SyncObject = (typeof syncObjects)[number];

const share = z.number().min(0).max(1);

export const pullMappingSchema = z.strictObject({
  /** Internal name of the HubSpot property. */
  property: z.string().min(1).max(200),
  /** Pendo field name. Left out: `hubspot_<property>` folded to Pendo's rules. */
  field: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'a name of lower-case letters, digits and _ that does not begin with a digit')
    .max(200)
    .optional(),
  onEmpty: z.enum(['clear', 'keep']).default('clear'),
  /** For enumerations: send the internal value or the label. */
  options: z.enum(['value', 'label']).default('value'),
});
export type PullMapping = z.infer<typeof pullMappingSchema>;

export const syncConfigSchema = z.strictObject({
  joinKey: z.strictObject({ property: z.string().min(1).max(200) }),
  keyFolding: z.enum(['exact', 'fold']).default('exact'),
  secondaryEmails: z.boolean().default(false),
  create: z.enum(['none', 'hubspot', 'pendo']).default('none'),
  onLostMatch: z.enum(['leave', 'clear']).default('leave'),
  pendoGroup: z.enum(['custom', 'agent']).default('custom'),
  pull: z.array(pullMappingSchema).max(200).default([]),
  push: z.array(pushMappingSchema).max(500).default([]),
  /** Use of single items, sent as HubSpot custom events. */
  events: z.array(eventMappingSchema).max(100).optional(),
  eventDelivery: eventDeliverySchema.optional(),
  /** Days in the usage windows, where a push mapping names none. */
  window: windowSchema.default(180),
  /** Pendo app ids; null: every app. */
  apps: z.array(z.number().int()).min(1).max(100).nullable().default(null),
  nps: z.enum(['newestAnswer', 'newestSurvey']).default('newestAnswer'),
  visitType: z.enum(['date', 'datetime']).default('date'),
  guards: z
    .strictObject({
      valueShare: share.default(0.1),
      valueFloor: z.number().int().min(0).default(25),
      countShare: share.default(0.8),
      countFloor: z.number().int().min(0).default(100),
      creationShare: share.default(0.1),
      creationFloor: z.number().int().min(0).default(25),
    })
    .prefault({}),
  degraded: z.strictObject({ share: share.default(0.05), rows: z.number().int().min(1).default(100) }).prefault({}),
  settleMinutes: z
    .strictObject({ pendo: z.number().min(0).default(120), hubspot: z.number().min(0).default(1) })
    .prefault({}),
  /** Older than this at delivery, both sides are read again first. */
  rereadHours: z.number().positive().default(6),
  schedule: z
    .strictObject({
      /** Five fields, or `@daily` and its like. */
      cron: z.string().min(1).max(100).default('0 3 * * *'),
      timeZone: z.string().min(1).max(100).overwrite(zoneName).default('UTC'),
      jitterMinutes: z.number().int().min(0).max(720).default(60),
      /** Between the daily runs, what was touched is synced at this interval. Null: not at all. */
      deltaMinutes: z.number().int().min(5).max(1440).nullable().default(null),
    })
    .prefault({}),
});
export type SyncConfig = z.infer<typeof syncConfigSchema>;
export type SyncConfigInput = z.input<typeof syncConfigSchema>;

/** Settings of a Pendo connection that the contract speaks of. */
export const pendoSettingsSchema = z.strictObject({
  /** IANA time zone of the subscription; no endpoint names it, so it is asked for, and checked at every run. */
  zone: z.string().min(1),
  /** What clears a metadata value. */
  clear: z.enum(['null', 'emptyString', 'cannot']).default('null'),
  /** What counts as activity: all of Pendo's `events`, checked first or as a person says so, or tagged pages and features only. */
  activity: z.enum(['checked', 'events', 'pagesAndFeatures']).default('checked'),
  /** Aggregations in flight at once. */
  aggregations: z.number().int().min(1).max(8).default(1),
});
export type PendoSettings = z.infer<typeof pendoSettingsSchema>;
