/** Custom events: their definitions, and sending and reading back their occurrences. */
import { z } from 'zod';
import { unreadable } from '../egress/converse.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { CallApi } from './call.ts';
import type {
  CrmType,
  CustomEvent,
  HubSpotOptions,
  NewCustomEvent,
  NewEventProperty,
  Occurrence,
  OccurrenceQuery,
} from './types.ts';

/** Inputs of one request. */
export const mostOccurrences = 500;
const pageSize = 100;

const definitionSchema = z.object({
  name: z.string(),
  fullyQualifiedName: z.string(),
  primaryObject: z.string().nullish(),
  archived: z.boolean().optional().catch(undefined),
  properties: z
    .array(z.object({ name: z.string(), type: z.string() }).nullable().catch(null))
    .nullish()
    .transform((properties) => (properties ?? []).filter((one) => one !== null)),
});
const paging = z.object({ next: z.object({ after: z.coerce.string() }).nullish() }).nullish();
const definitionPage = z.object({ results: z.array(definitionSchema).nullish(), paging });
const occurrencePage = z.object({
  results: z
    .array(
      z.object({
        id: z.coerce.string(),
        properties: z
          .record(z.string(), z.unknown())
          .nullish()
          .transform((held) => held ?? {}),
      }),
    )
    .nullish(),
  paging,
});
const objectTypes = { contacts: 'contact', companies: 'company' } as const;

export function createEvents(call: CallApi, options: HubSpotOptions) {
  const { apiVersion } = options;
  // The version before has no `custom` in its paths.
  const base = apiVersion === '2026-03' ? `/events/${apiVersion}` : `/events/custom/${apiVersion}`;
  const definitions = `${base}/event-definitions`;

  const list = async (search: string): Promise<CustomEvent[]> => {
    const query = { limit: String(pageSize), includeProperties: 'true', searchString: search };
    const found = await pages(async (after) => {
      const { body } = await call(definitionPage, { method: 'GET', path: definitions, query: { ...query, ...after } });
      return body;
    });
    return found.filter(({ archived }) => archived !== true).map(asEvent);
  };

  return {
    list,

    async create(event: NewCustomEvent): Promise<CustomEvent> {
      const { properties, ...rest } = event;
      try {
        const body = { ...rest, includeDefaultProperties: false, propertyDefinitions: properties };
        return asEvent((await call(definitionSchema, { method: 'POST', path: definitions, body })).body);
      } catch (error) {
        if (!(error instanceof VendorError) || error.status !== 409) throw error;
        const held = (await list(event.name)).find(({ name }) => name === event.name);
        if (held === undefined) throw error;
        return held;
      }
    },

    async addProperty(event: string, property: NewEventProperty): Promise<void> {
      try {
        await call(z.unknown(), { method: 'POST', path: `${definitions}/${event}/property`, body: { ...property } });
      } catch (error) {
        if (!(error instanceof VendorError) || error.status !== 409) throw error;
        const held = (await list(event)).find(({ name }) => name === event);
        const same = held?.properties.find(({ name }) => name === property.name);
        if (same?.type !== property.type) throw error;
      }
    },

    async send(occurrences: readonly Occurrence[], onSent: () => void): Promise<void> {
      if (occurrences.length > mostOccurrences) throw new RangeError('A request holds at most 500 occurrences.');
      const inputs = occurrences.map(({ occurredAt, ...rest }) => ({
        ...rest,
        occurredAt: new Date(occurredAt).toISOString(),
      }));
      // Nothing but this says that it was taken.
      await call(z.undefined(), { method: 'POST', path: `${base}/send/batch`, body: { inputs }, once: { onSent } });
    },

    occurrences(type: CrmType, { eventName, objectId, after, before }: OccurrenceQuery) {
      const query = {
        objectType: objectTypes[type],
        objectId,
        eventType: eventName,
        occurredAfter: new Date(after).toISOString(),
        occurredBefore: new Date(before).toISOString(),
        limit: String(pageSize),
      };
      const path = `/events/event-occurrences/${apiVersion}`;
      return pages(async (from) => {
        const { body } = await call(occurrencePage, { method: 'GET', path, query: { ...query, ...from } });
        return body;
      });
    },
  };
}

function asEvent({
  name,
  fullyQualifiedName,
  primaryObject,
  properties,
}: z.infer<typeof definitionSchema>): CustomEvent {
  return { name, fullyQualifiedName, primaryObject: primaryObject ?? '', properties };
}

/** A cursor that does not move would be followed for ever. */
async function pages<T>(
  read: (after: { after?: string }) => Promise<{ results?: T[] | null | undefined; paging?: z.infer<typeof paging> }>,
): Promise<T[]> {
  const all: T[] = [];
  let after: string | undefined;
  for (;;) {
    const { results, paging } = await read(after === undefined ? {} : { after });
    all.push(...(results ?? []));
    const next = paging?.next?.after;
    if (next === undefined) return all;
    if (next === after) throw unreadable('hubspot', 'The page points to itself.');
    after = next;
  }
}
