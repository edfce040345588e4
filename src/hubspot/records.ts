/** Reading records: by list, by id, by search. */
import { z } from 'zod';
import { refuseCarriedError, unreadable } from '../egress/converse.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { CallApi } from './call.ts';
import { readErrorBody } from './errors.ts';
import type {
  CrmRecord,
  CrmType,
  HubSpotOptions,
  KeyReply,
  KeyRequest,
  ListRequest,
  RecordPage,
  SearchFilter,
  SearchPage,
  SearchRequest,
} from './types.ts';

/** Airbyte saw 414 from 15,000 characters of names on; common proxies stop at 8,192 for the whole line. */
const longestNames = 6_000;
const batchSize = 100;

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
const pageSchema = z.object({
  results: z.array(recordSchema).nullish(),
  paging: z.object({ next: z.object({ after: z.coerce.string() }).nullish() }).nullish(),
});
const batchSchema = pageSchema.extend({ errors: z.array(z.unknown()).nullish() });
const searchSchema = pageSchema.extend({ total: z.number() });

export function createRecords(call: CallApi, options: HubSpotOptions) {
  const root = (type: CrmType) => `/crm/objects/${options.apiVersion}/${type}`;
  // Learnt from a 414, for as long as this client lives.
  let tooLong = longestNames;

  async function listPage(type: CrmType, request: ListRequest): Promise<RecordPage> {
    const names = request.properties.join(',');
    if (encodeURIComponent(names).length <= tooLong) {
      try {
        return await list(type, request, names);
      } catch (error) {
        if (!(error instanceof VendorError) || error.code !== 'URL_TOO_LONG') throw error;
        tooLong = encodeURIComponent(names).length - 1;
      }
    }
    const page = await list(type, request, 'hs_object_id');
    const ids = page.records.map((record) => record.id);
    return { ...page, records: await readRecords(type, ids, request.properties) };
  }

  async function list(type: CrmType, request: ListRequest, names: string): Promise<RecordPage> {
    const { body } = await call(pageSchema, {
      method: 'GET',
      path: root(type),
      query: {
        limit: String(request.limit ?? batchSize),
        ...(request.after === undefined ? {} : { after: request.after }),
        ...(names === '' ? {} : { properties: names }),
        archived: 'false',
      },
    });
    return asPage(body, request.after);
  }

  async function readRecords(
    type: CrmType,
    ids: readonly string[],
    properties: readonly string[],
  ): Promise<CrmRecord[]> {
    const found = new Map<string, CrmRecord>();
    for (let at = 0; at < ids.length; at += batchSize) {
      const { body } = await call(batchSchema, {
        method: 'POST',
        path: `${root(type)}/batch/read`,
        body: { inputs: ids.slice(at, at + batchSize).map((id) => ({ id })), properties, propertiesWithHistory: [] },
        rowErrors: true,
      });
      const errors = (body.errors ?? []).filter((raw) => !isNotFound(raw));
      refuseCarriedError('hubspot', { errors });
      for (const record of body.results ?? []) found.set(record.id, record);
    }
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async function readByKey(type: CrmType, { idProperty, keys, properties }: KeyRequest): Promise<KeyReply> {
    if (keys.length > batchSize) throw new RangeError('A batch holds at most 100 inputs.');
    const { body } = await call(batchSchema, {
      method: 'POST',
      path: `${root(type)}/batch/read`,
      body: { idProperty, inputs: keys.map((id) => ({ id })), properties, propertiesWithHistory: [] },
      // A key that cannot be asked for is refused at once: it is asked for again among fewer.
      twice: 'credential',
      rowErrors: true,
    });
    const errors = body.errors ?? [];
    // A key that cannot be one of this property finds nothing either.
    const aboutKeys = errors.filter((raw) => isNotFound(raw) || readErrorBody(raw).category === 'VALIDATION_ERROR');
    refuseCarriedError('hubspot', { errors: errors.filter((raw) => !aboutKeys.includes(raw)) });
    const missing = aboutKeys.flatMap((raw) => readErrorBody(raw).context?.ids ?? []);
    return { records: body.results ?? [], missing };
  }

  async function searchPage(type: CrmType, request: SearchRequest): Promise<SearchPage> {
    const { sort } = request;
    const { body } = await call(searchSchema, {
      method: 'POST',
      path: `${root(type)}/search`,
      limitClass: 'search',
      body: {
        ...(request.filters.length === 0 ? {} : { filterGroups: [{ filters: request.filters }] }),
        ...(sort ? { sorts: [{ propertyName: sort.property, direction: sort.direction }] } : {}),
        ...(request.query === undefined ? {} : { query: request.query }),
        properties: request.properties,
        limit: request.limit ?? 200,
        ...(request.after === undefined ? {} : { after: request.after }),
      },
    });
    return { ...asPage(body, request.after), total: body.total };
  }

  async function count(type: CrmType, filters: readonly SearchFilter[] = []): Promise<number> {
    return (await searchPage(type, { filters, limit: 1, properties: [] })).total;
  }

  return { listPage, readRecords, readByKey, searchPage, count };
}

/** A record that was deleted since its id was read. */
function isNotFound(raw: unknown): boolean {
  return /NOT_FOUND$/.test(readErrorBody(raw).category ?? '');
}

/** A cursor that does not move would be followed for ever. */
function asPage(body: z.infer<typeof pageSchema>, after: string | undefined): RecordPage {
  const next = body.paging?.next?.after;
  if (next !== undefined && next === after) throw unreadable('hubspot', 'The page points to itself.');
  const records = body.results ?? [];
  return next === undefined ? { records } : { records, next };
}
