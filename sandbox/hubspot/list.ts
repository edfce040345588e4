import type { CrmType } from '../contract.ts';
import type { VendorResponse } from '../server/vendor.ts';
import { associationsReader } from './associations.ts';
import { type HubSpotCall, listParameter, pageSize } from './call.ts';
import { badRequest } from './errors.ts';
import { needRead, presenter } from './present.ts';

/** `GET …/{type}`: a page of records, ascending by id, from the record id in `after` on. */
export function listRecords(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'list';
  needRead(call, type);
  const { query } = call.request;
  const history = listParameter(query, 'propertiesWithHistory');
  const limit = pageSize(query.get('limit'), 10, history.length ? 50 : 100);
  const asked = query.get('after') || '0';
  if (!/^\d+$/.test(asked)) throw badRequest(`Invalid paging token: ${asked}`);
  const own = call.portal.switches().hubspotAfter === 'ownCursors';
  const after = own ? readCursor(Number(asked)) : Number(asked);
  const archived = query.get('archived') === 'true';
  const store = call.portal.records[type];
  const present = presenter(call, type, {
    properties: listParameter(query, 'properties'),
    history,
    lagMs: call.portal.switches().hubspotReadLagMs,
    associations: associationsReader(call, type, listParameter(query, 'associations')),
  });

  let body = '{"results":[';
  let records = 0;
  let next = false;
  let last = 0;
  for (let place = store.lowerBound(after); place < store.count; place++) {
    const slot = store.order[place]!;
    if (archived ? !store.isArchivedOnly(slot) : !store.isLive(slot)) continue;
    if (records === limit) {
      next = true;
      break;
    }
    const text = present(slot);
    if (text === null) continue;
    body += records === 0 ? text : `,${text}`;
    records++;
    last = store.ids[slot]!;
  }
  body += ']';
  if (next || (records > 0 && call.portal.switches().oddShapes === 'yes')) {
    const cursor = String(own ? makeCursor(last + 1) : last + 1);
    body += `,"paging":{"next":{"after":"${cursor}","link":${JSON.stringify(nextLink(call, cursor))}}}`;
  }
  call.info.records = records;
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: `${body}}`,
    call: call.info,
  };
}

/** The same request with another cursor. Readers in the wild follow it as it stands, so every parameter is kept. */
export function nextLink(call: HubSpotCall, after: string): string {
  const query = new URLSearchParams(call.request.query);
  query.set('after', after);
  const host = call.request.headers.host;
  const base = host ? `http://${host}` : 'https://api.hubapi.com';
  return `${base}${call.request.path}?${query}`;
}

/** A cursor of our own making: nobody hits one by chance with a record id. */
const makeCursor = (id: number): number => id * 1000 + (id % 997);

/** From the beginning, for what was not given out. */
function readCursor(cursor: number): number {
  const id = Math.floor(cursor / 1000);
  return makeCursor(id) === cursor ? id : 0;
}
