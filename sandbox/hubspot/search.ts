import type { CrmType } from '../contract.ts';
import type { VendorResponse } from '../server/vendor.ts';
import { type HubSpotCall, jsonBody, stringList } from './call.ts';
import { badRequest } from './errors.ts';
import { needRead, presenter } from './present.ts';
import type { Slot } from './record-store.ts';
import { compileFilters } from './search-filter.ts';
import { createSearchIndex, type SearchIndex } from './search-index.ts';
import { firstInOrder, searchOrder } from './search-sort.ts';

/** No query gives more than this many results, however it pages. */
const window = 10_000;

/** `POST …/{type}/search`: filters, one sort, pages by offset, and an index that lags behind. */
export function searchRecords(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'search';
  needRead(call, type);
  const body = call.request.body === '' ? {} : jsonBody(call);
  refuseLongQuery(body);
  const limit = whole(body.limit, 10, 'limit');
  const offset = whole(body.after, 0, 'after');
  if (limit > 200 || limit < 0) throw badRequest(`Invalid limit ${limit}: the maximum is 200.`);
  if (offset + limit > window)
    throw badRequest('Paging past 10000 results is not supported: the sum of "after" and "limit" is too high.');

  const { portal } = call;
  const store = portal.records[type];
  const { hubspotIndexLagMs: lagMs } = portal.switches();
  const seen = lagMs > 0 && store.hasShadows() ? portal.clock.now() - lagMs : null;
  const index = createSearchIndex(store, seen);
  const ignores = portal.switches().hubspotSearch === 'ignoresIds';
  const matches = compileFilters(call, type, ignores ? withoutIds(body) : body, index);
  const queried = textQuery(body.query, type, index);
  const order = searchOrder(call, type, body.sorts, index);

  const found: Slot[] = [];
  for (let place = 0; place < store.count; place++) {
    const slot = store.order[place]!;
    if (index.holds(slot) && matches(slot) && queried(slot)) found.push(slot);
  }
  const total = found.length;
  const sorted = order === null ? found : firstInOrder(found, offset + limit, order);

  const present = presenter(call, type, { properties: stringList(body.properties), lagMs });
  const page = sorted
    .slice(offset, offset + limit)
    .map(present)
    .filter((text) => text !== null);
  call.info.records = page.length;
  const next = offset + limit < total && limit > 0 ? `,"paging":{"next":{"after":"${offset + limit}"}}` : '';
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: `{"total":${total},"results":[${page.join(',')}]${next}}`,
    call: call.info,
  };
}

function withoutIds(body: Record<string, unknown>): Record<string, unknown> {
  const groups = (body.filterGroups ?? []) as { filters?: { propertyName?: unknown }[] }[];
  const filterGroups = groups.map(({ filters = [] }) => ({
    filters: filters.filter(({ propertyName }) => propertyName !== 'hs_object_id'),
  }));
  return { ...body, filterGroups: filterGroups.filter(({ filters }) => filters.length > 0) };
}

/** 3,000 characters. The list of properties is not counted: readers in the wild ask for hundreds and get them. */
function refuseLongQuery({ properties: _, ...query }: Record<string, unknown>): void {
  if (JSON.stringify(query).length > 3_000)
    throw badRequest('The request is too long: the maximum is 3000 characters.');
}

/** Limits and offsets come as numbers and as text. */
function whole(raw: unknown, otherwise: number, name: string): number {
  if (raw === undefined || raw === null || raw === '') return otherwise;
  const value = Number(raw);
  if (!Number.isInteger(value) || value < 0) throw badRequest(`Invalid ${name}: ${String(raw)}`);
  return value;
}

function textQuery(query: unknown, type: CrmType, index: SearchIndex): (slot: Slot) => boolean {
  if (typeof query !== 'string' || query.trim() === '') return () => true;
  const wanted = query.trim().toLowerCase();
  const names =
    type === 'contacts'
      ? ['firstname', 'lastname', 'email', 'phone', 'company']
      : ['name', 'domain', 'website', 'phone'];
  const readers = names.map(index.text);
  return (slot) => readers.some((get) => get(slot)?.toLowerCase().includes(wanted) ?? false);
}
