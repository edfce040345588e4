/** Records as HubSpot's replies hold them. */
import { z } from 'zod';
import { unreadable } from '../egress/converse.ts';
import type { CrmType, HubSpotOptions, RecordPage } from './types.ts';

/** Inputs of a batch, and records of a page, at most. */
export const batchSize = 100;

export function objectsPath({ apiVersion }: Pick<HubSpotOptions, 'apiVersion'>, type: CrmType): string {
  return `/crm/objects/${apiVersion}/${type}`;
}

/** Decimal, and exact: a number beyond what a double can hold names another record. */
const recordId = z
  .union([z.string(), z.int()])
  .transform(String)
  .refine((id) => /^\d+$/.test(id));

const recordSchema = z.object({ id: recordId, properties: z.record(z.string(), z.unknown()) });

/** As a batch write answers. What is no text there says nothing of what was stored. */
export const writtenSchema = z.object({
  id: recordId,
  properties: z
    .record(z.string(), z.string().nullable().catch(null))
    .nullish()
    .transform((properties) => properties ?? {}),
});

/** No results, null, or none at all in a complete reply: an empty page. */
export const pageSchema = z.object({
  results: z.array(recordSchema).nullish(),
  paging: z.object({ next: z.object({ after: z.coerce.string() }).nullish() }).nullish(),
});

/** A cursor that does not move would be followed for ever. */
export function asPage(body: z.infer<typeof pageSchema>, after: string | undefined): RecordPage {
  const next = body.paging?.next?.after;
  if (next !== undefined && next === after) throw unreadable('hubspot', 'The page points to itself.');
  const records = body.results ?? [];
  return next === undefined ? { records } : { records, next };
}
