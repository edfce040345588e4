import type { CrmType } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import { batchInputs, type HubSpotCall, jsonBody, pageSize } from './call.ts';
import { notFound, objectsNotFound } from './errors.ts';
import { crmType } from './object-types.ts';
import type { Portal } from './portal.ts';
import { needRead } from './present.ts';
import type { Slot } from './record-store.ts';

/** Type ids of "a contact's primary company" and of the same seen from the company. */
const typeIds = { contacts: 1, companies: 2 };

/** The id of a contact's main company: what somebody wrote, or else the company of the generated person. */
function companyOf(portal: Portal, contact: Slot): string | null {
  const { contacts, companies } = portal.records;
  const written = contacts.value(contact, 'associatedcompanyid');
  if (written) return written;
  const index = contacts.planIndex(contact);
  const employer = index < 0 ? null : portal.plan.employerOf(portal.plan.personOfContact(index));
  const slot = employer === null ? -1 : companies.slotOfPlan(employer);
  return slot >= 0 && companies.isLive(slot) ? String(companies.ids[slot]) : null;
}

/** Contacts by company, made when first asked for and again when there are more contacts. */
const byCompany = new WeakMap<Portal, { count: number; contacts: Map<string, string[]> }>();

/** Ids of the contacts of a company, ascending. */
export function contactsOf(portal: Portal, company: string): string[] {
  const store = portal.records.contacts;
  let index = byCompany.get(portal);
  if (index?.count !== store.count) {
    index = { count: store.count, contacts: new Map() };
    for (let place = 0; place < store.count; place++) {
      const slot = store.order[place]!;
      const held = store.isLive(slot) ? companyOf(portal, slot) : null;
      if (held === null) continue;
      const others = index.contacts.get(held);
      if (others) others.push(String(store.ids[slot]));
      else index.contacts.set(held, [String(store.ids[slot])]);
    }
    byCompany.set(portal, index);
  }
  return index.contacts.get(company) ?? [];
}

/** Ids at the other end. Only contacts and companies are linked here. */
function linked(portal: Portal, from: CrmType, slot: Slot, to: CrmType): string[] {
  if (from === to) return [];
  if (from === 'companies') return contactsOf(portal, String(portal.records.companies.ids[slot]));
  const company = companyOf(portal, slot);
  return company === null ? [] : [company];
}

/** For `associations=…` on list and read. */
export function associationsReader(
  call: HubSpotCall,
  type: CrmType,
  asked: string[],
): ((slot: Slot) => unknown) | undefined {
  const to = asked.map(crmType).find((other) => other !== undefined && other !== type);
  if (to === undefined) return undefined;
  return (slot) => {
    const ids = linked(call.portal, type, slot, to);
    return ids.length === 0 ? undefined : { [to]: { results: ids.slice(0, 100).map(target(type, true)) } };
  };
}

const typeNames = { contacts: 'contact_to_company', companies: 'company_to_contact' };

/** One end of an association, as version 3 shows it or as version 4 and the dated paths do. */
function target(from: CrmType, old: boolean) {
  return (id: string) =>
    old
      ? { id, type: typeNames[from] }
      : {
          toObjectId: Number(id),
          associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: typeIds[from], label: 'Primary' }],
        };
}

/** `POST …/associations/{from}/{to}/batch/read`: 207 when some records have none. `old`: in version 3's shape. */
export function batchReadAssociations(call: HubSpotCall, from: CrmType, to: CrmType, old: boolean): VendorResponse {
  call.info.operation = 'batchReadAssociations';
  needRead(call, from);
  needRead(call, to);
  const ids = batchInputs(jsonBody(call), 1_000).map((input) => String(input.id));
  const store = call.portal.records[from];
  const results: unknown[] = [];
  const none: string[] = [];
  for (const id of ids) {
    const slot = store.slotOf(id);
    const others = slot >= 0 && store.isLive(slot) ? linked(call.portal, from, slot, to) : [];
    if (others.length === 0) none.push(id);
    else results.push({ from: { id }, to: others.slice(0, 1_000).map(target(from, old)) });
  }
  call.info.records = results.length;
  const now = new Date(call.portal.clock.now()).toISOString();
  const errors = none.length
    ? [{ ...objectsNotFound(from, none), subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND' }]
    : [];
  const failed = errors.length ? { numErrors: errors.length, errors } : {};
  const body = { status: 'COMPLETE', results, ...failed, startedAt: now, completedAt: now };
  return jsonResponse(errors.length ? 207 : 200, body, call.info);
}

/** `GET …/objects/{from}/{id}/associations/{to}`, paged by record id. `old`: in version 3's shape. */
export function readAssociations(
  call: HubSpotCall,
  from: CrmType,
  id: string,
  to: CrmType,
  old: boolean,
): VendorResponse {
  call.info.operation = 'readAssociations';
  needRead(call, from);
  needRead(call, to);
  const slot = call.portal.records[from].slotOf(id);
  if (slot < 0) throw notFound();
  const limit = pageSize(call.request.query.get('limit'), 100, 500);
  const after = Number(call.request.query.get('after') ?? 0);
  const all = linked(call.portal, from, slot, to).filter((other) => Number(other) >= after);
  const results = all.slice(0, limit).map(target(from, old));
  const next = all[limit];
  call.info.records = results.length;
  return jsonResponse(
    200,
    { results, ...(next === undefined ? {} : { paging: { next: { after: next } } }) },
    call.info,
  );
}

/** `GET /crm/v4/associations/{from}/{to}/labels`. */
export function associationLabels(call: HubSpotCall, from: CrmType): VendorResponse {
  call.info.operation = 'associationLabels';
  return jsonResponse(
    200,
    { results: [{ category: 'HUBSPOT_DEFINED', typeId: typeIds[from], label: 'Primary' }] },
    call.info,
  );
}
