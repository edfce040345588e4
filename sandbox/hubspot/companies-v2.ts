import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import { contactsOf } from './associations.ts';
import { type HubSpotCall, listParameter, pageSize } from './call.ts';
import { badRequest, notFound } from './errors.ts';
import { needRead } from './present.ts';
import { readable } from './properties.ts';
import type { Slot } from './record-store.ts';

/** A company as version 2 shows it: every value with its time and its source, times as epoch ms. */
function companyV2(call: HubSpotCall, slot: Slot, names: string[], versions: boolean): Record<string, unknown> {
  const store = call.portal.records.companies;
  const timestamp = store.updatedAt[slot]!;
  const properties: Record<string, unknown> = {};
  for (const name of names) {
    const text = store.reader(name)(slot);
    if (text === null) continue;
    const isTime = call.portal.properties.companies.get(name)?.type === 'datetime';
    const value = isTime && Number.isFinite(Date.parse(text)) ? String(Date.parse(text)) : text;
    const entry = { value, timestamp, source: 'CRM_UI', sourceId: null, updatedByUserId: null };
    properties[name] = { ...entry, versions: versions ? [{ name, ...entry, sourceVid: [] }] : [] };
  }
  return {
    portalId: call.portal.portalId,
    companyId: store.ids[slot],
    isDeleted: store.isArchived(slot),
    properties,
    additionalDomains: [],
    stateChanges: [],
    mergeAudits: [],
  };
}

/** `GET /companies/v2/companies/paged`: by `offset`, with nothing but the id unless properties are asked for. */
export function pagedCompanies(call: HubSpotCall): VendorResponse {
  call.info.operation = 'list';
  needRead(call, 'companies');
  const { query } = call.request;
  const limit = pageSize(query.get('limit') ?? query.get('count'), 100, 250);
  const offset = query.get('offset') ?? '0';
  if (!/^\d+$/.test(offset)) throw badRequest(`Invalid offset: ${offset}`);
  const withHistory = listParameter(query, 'propertiesWithHistory');
  const names = shown(call, [...listParameter(query, 'properties'), ...withHistory]);
  const store = call.portal.records.companies;
  const page: Slot[] = [];
  let more = false;
  for (let place = store.lowerBound(Number(offset)); place < store.count; place++) {
    const slot = store.order[place]!;
    if (!store.isLive(slot)) continue;
    if (page.length === limit) {
      more = true;
      break;
    }
    page.push(slot);
  }
  const last = page.at(-1);
  const companies = page.map((slot) => companyV2(call, slot, names, withHistory.length > 0));
  call.info.records = companies.length;
  return jsonResponse(
    200,
    { companies, 'has-more': more, offset: last === undefined ? Number(offset) : store.ids[last]! + 1 },
    call.info,
  );
}

/** `GET /companies/v2/companies/{id}`: one with all its properties. */
export function companyByIdV2(call: HubSpotCall, id: string): VendorResponse {
  call.info.operation = 'read';
  needRead(call, 'companies');
  const store = call.portal.records.companies;
  const found = store.slotOf(id);
  const slot = found < 0 ? found : store.resolve(found);
  if (slot < 0 || !store.isLive(slot)) throw notFound(`There is no company with id ${id}`);
  call.info.records = 1;
  return jsonResponse(200, companyV2(call, slot, shown(call), true), call.info);
}

/** `GET /companies/v2/companies/{id}/vids`: ids of a company's contacts. */
export function contactsOfCompanyV2(call: HubSpotCall, id: string): VendorResponse {
  call.info.operation = 'readAssociations';
  needRead(call, 'companies');
  const { query } = call.request;
  const count = pageSize(query.get('count'), 100, 100);
  const offset = Number(query.get('vidOffset') ?? 0);
  const all = contactsOf(call.portal, id)
    .map(Number)
    .filter((vid) => vid >= offset);
  const vids = all.slice(0, count);
  call.info.records = vids.length;
  return jsonResponse(200, { vids, vidOffset: all[count] ?? 0, hasMore: all.length > count }, call.info);
}

function shown(call: HubSpotCall, asked?: string[]): string[] {
  const names = readable(call, 'companies').map(({ name }) => name);
  return asked === undefined ? names : names.filter((name) => asked.includes(name));
}
