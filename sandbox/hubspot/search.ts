import type { CrmType } from '../contract.ts';
import type { VendorResponse } from '../server/vendor.ts';
import { type HubSpotCall, jsonBody, stringList } from './call.ts';
import { badRequest } from './errors.ts';
import { visibleProperty } from './portal.ts';
import { needRead, presenter } from './present.ts';
import type { RecordStore, Slot } from './record-store.ts';
import { comparer, compileFilters, type IndexReader } from './search-filter.ts';

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
  const read: IndexReader = (property) => indexReader(store, property, seen);
  const matches = compileFilters(call, type, body, read);
  const queried = textQuery(body.query, store, read);
  const indexed = (slot: Slot) => {
    const old = seen === null ? undefined : store.shadowOf(slot, seen);
    return !store.isMerged(slot) && !(old?.created ?? false) && !(old ? old.archivedBefore : store.isArchived(slot));
  };

  const found: Slot[] = [];
  for (let place = 0; place < store.count; place++) {
    const slot = store.order[place]!;
    if (indexed(slot) && matches(slot) && queried(slot)) found.push(slot);
  }
  sort(call, type, body.sorts, found, read);

  const present = presenter(call, type, { properties: stringList(body.properties), lagMs });
  const page = found
    .slice(offset, offset + limit)
    .map(present)
    .filter((text) => text !== null);
  call.info.records = page.length;
  const next = offset + limit < found.length && limit > 0 ? `,"paging":{"next":{"after":"${offset + limit}"}}` : '';
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: `{"total":${found.length},"results":[${page.join(',')}]${next}}`,
    call: call.info,
  };
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

function indexReader(store: RecordStore, property: string, seen: number | null): (slot: Slot) => string | null {
  const now = store.reader(property);
  if (seen === null) return now;
  const modified = property === 'lastmodifieddate' || property === 'hs_lastmodifieddate';
  return (slot) => {
    const old = store.shadowOf(slot, seen);
    if (!old) return now(slot);
    if (modified) return new Date(old.updatedBefore).toISOString();
    const before = old.before[property];
    return typeof before === 'string' || before === null ? before : now(slot);
  };
}

function textQuery(query: unknown, store: RecordStore, read: IndexReader): (slot: Slot) => boolean {
  if (typeof query !== 'string' || query.trim() === '') return () => true;
  const wanted = query.trim().toLowerCase();
  const names =
    store.type === 'contacts'
      ? ['firstname', 'lastname', 'email', 'phone', 'company']
      : ['name', 'domain', 'website', 'phone'];
  const readers = names.map(read);
  return (slot) => readers.some((get) => get(slot)?.toLowerCase().includes(wanted) ?? false);
}

/** One sort; by default the oldest first. `found` comes ascending by id, which settles ties. */
function sort(call: HubSpotCall, type: CrmType, sorts: unknown, found: Slot[], read: IndexReader): void {
  const store = call.portal.records[type];
  const [wanted, ...more] = Array.isArray(sorts) ? sorts : [];
  if (more.length) throw badRequest('Only one sort is supported.');
  if (wanted === undefined) {
    found.sort((a, b) => store.createdAt[a]! - store.createdAt[b]!);
    return;
  }
  const text = typeof wanted === 'string';
  const name = text ? wanted.replace(/^-/, '') : String((wanted as { propertyName?: unknown }).propertyName ?? '');
  const direction = text
    ? wanted.startsWith('-')
      ? 'DESCENDING'
      : 'ASCENDING'
    : String((wanted as { direction?: unknown }).direction ?? 'ASCENDING');
  const definition = visibleProperty(call.portal, type, name);
  if (definition === undefined) throw badRequest(`Sort property "${name}" does not exist`);
  const down = direction.toUpperCase().startsWith('DESC');
  if (name === 'hs_object_id') {
    if (down) found.reverse();
    return;
  }
  const get = read(name);
  const { key } = comparer(definition);
  const keys = new Map(found.map((slot) => [slot, sortKey(get(slot), key)]));
  const compare = (a: Slot, b: Slot) => {
    const [left, right] = [keys.get(a)!, keys.get(b)!];
    if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
    return left < right ? -1 : left > right ? 1 : 0;
  };
  found.sort(down ? (a, b) => compare(b, a) : compare);
}

/** Records without a value come first. */
const sortKey = (value: string | null, key: (value: string) => string | number) =>
  value === null || value === '' ? null : key(value);
