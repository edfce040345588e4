/** What a sync sends to HubSpot as custom events: one entry of `events`. The meaning is in docs/semantics.md, 3.5. */
import { z } from 'zod';
import { usageKinds } from './push-mapping.ts';

/** HubSpot's bound for names of an event's properties; nothing says that names of events may be longer. */
export const longestEventName = 50;

export const eventMappingSchema = z.strictObject({
  source: z.enum(usageKinds),
  /** Pendo's id of the page, feature or track type. */
  id: z.string().min(1).max(200),
  /** Name of the event in HubSpot. Left out: made from the item's name. */
  name: z
    .string()
    .regex(/^pendo_[a-z0-9_]+$/, 'a name that begins with pendo_, of lower-case letters, digits and _')
    .max(longestEventName)
    .optional(),
  /** Label of the event in HubSpot. Left out: made from the item's name. */
  label: z.string().trim().min(1).max(longestEventName).optional(),
});
export type EventMapping = z.infer<typeof eventMappingSchema>;

export const eventDeliverySchema = z.strictObject({
  /** Whole days that must have passed since a day was over before it is sent. */
  settleDays: z.number().int().min(0).max(7).default(2),
  /** Days before an entry's first run that are sent as well. */
  backfillDays: z.number().int().min(0).max(90).default(30),
  /** Occurrences in a month, of both syncs of the tenant together. */
  monthlyLimit: z.number().int().min(0).max(30_000_000).default(30_000_000),
  /** What becomes of an occurrence whose answer was lost, where HubSpot does not let it be looked up. */
  lostAnswers: z.enum(['skip', 'send']).default('skip'),
});
export type EventDelivery = z.infer<typeof eventDeliverySchema>;

const defaults = eventDeliverySchema.parse({});

/** Stored configurations without events have neither member. */
export function eventsOf({ events }: { events?: readonly EventMapping[] | undefined }): readonly EventMapping[] {
  return events ?? [];
}
export function eventDeliveryOf({ eventDelivery }: { eventDelivery?: EventDelivery | undefined }): EventDelivery {
  return eventDelivery ?? defaults;
}

/** Equal exactly for entries about the same item. */
export const eventKey = ({ source, id }: Pick<EventMapping, 'source' | 'id'>): string => JSON.stringify([source, id]);
