/** What a sync sends to HubSpot as custom events: one entry of `events`. The meaning is in docs/semantics.md, 3.5. */
import { z } from 'zod';
import { usageKinds } from './push-mapping.ts';

/** HubSpot's bound for names of an event's properties; nothing says that names of events may be longer. */
export const longestEventName = 50;

/** How many properties of its occurrences an entry may choose. */
const mostProperties = 10;

const ownName = z
  .string()
  .regex(/^pendo_[a-z0-9_]+$/, 'a name that begins with pendo_, of lower-case letters, digits and _')
  .max(longestEventName);

export const eventPropertySchema = z.strictObject({
  /** As Pendo has it. It shows no other names than these (Pendo's help on track events). */
  name: z
    .string()
    .regex(
      /^(?!__.*__$)[A-Za-z_][A-Za-z0-9_]*$/,
      'a name of letters, digits and _, no digit first: Pendo shows no others',
    )
    .max(100),
  /** Name of the property in HubSpot. Left out: made from the name. */
  property: ownName.optional(),
});
export type EventPropertyMapping = z.infer<typeof eventPropertySchema>;

export const eventMappingSchema = z.strictObject({
  source: z.enum(usageKinds),
  /** Pendo's id of the page, feature or track type. */
  id: z.string().min(1).max(200),
  /** Name of the event in HubSpot. Left out: made from the item's name. */
  name: ownName.optional(),
  /** Label of the event in HubSpot. Left out: made from the item's name. */
  label: z.string().trim().min(1).max(longestEventName).optional(),
  /** Of track types: properties of the track event that its occurrences carry. */
  properties: z.array(eventPropertySchema).max(mostProperties).optional(),
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
