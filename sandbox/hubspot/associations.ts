import type { CrmType } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import { batchInputs, type HubSpotCall, jsonBody } from './call.ts';
import { objectsNotFound } from './errors.ts';
import { crmType } from './object-types.ts';
import { needRead } from './present.ts';
import type { Slot } from './record-store.ts';

/** A contact's main company; a company's associations with contacts are not kept, except through it. */
function companyOf(call: HubSpotCall, contact: Slot): string | null {
  const { contacts, companies } = call.portal.records;
  const written = contacts.value(contact, 'associatedcompanyid');
  if (written) return written;
  const index = contacts.planIndex(contact);
  const employer = index < 0 ? null : call.portal.plan.employerOf(call.portal.plan.personOfContact(index));
  const slot = employer === null ? -1 : companies.slotOfPlan(employer);
  return slot >= 0 && companies.isLive(slot) ? String(companies.ids[slot]) : null;
}

/** For `associations=companies` on list and read; other associations are not there. */
export function associationsReader(
  call: HubSpotCall,
  type: CrmType,
  asked: string[],
): ((slot: Slot) => unknown) | undefined {
  if (type !== 'contacts' || !asked.some((name) => crmType(name) === 'companies')) return undefined;
  return (slot) => {
    const company = companyOf(call, slot);
    return company === null ? undefined : { companies: { results: [{ id: company, type: 'contact_to_company' }] } };
  };
}

/** `POST /crm/v4/associations/{from}/{to}/batch/read`: contacts to companies; 207 for records without any. */
export function batchReadAssociations(call: HubSpotCall, from: CrmType, to: CrmType): VendorResponse {
  call.info.operation = 'batchReadAssociations';
  needRead(call, from);
  needRead(call, to);
  const ids = batchInputs(jsonBody(call), 1_000).map((input) => String(input.id));
  const store = call.portal.records[from];
  const results: unknown[] = [];
  const none: string[] = [];
  for (const id of ids) {
    const slot = store.slotOf(id);
    const live = slot >= 0 && store.isLive(slot);
    const company = live && from === 'contacts' && to === 'companies' ? companyOf(call, slot) : null;
    if (company === null) none.push(id);
    else
      results.push({
        from: { id },
        to: [
          {
            toObjectId: Number(company),
            associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 1, label: 'Primary' }],
          },
        ],
      });
  }
  call.info.records = results.length;
  const now = new Date(call.portal.clock.now()).toISOString();
  const errors = none.length
    ? [{ ...objectsNotFound(from, none), subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND' }]
    : [];
  const failed = errors.length ? { numErrors: errors.length, errors } : {};
  return jsonResponse(
    errors.length ? 207 : 200,
    { status: 'COMPLETE', results, ...failed, startedAt: now, completedAt: now },
    call.info,
  );
}

/** `GET /crm/v4/objects/{from}/{id}/associations/{to}`. */
export function readAssociations(call: HubSpotCall, from: CrmType, id: string, to: CrmType): VendorResponse {
  call.info.operation = 'readAssociations';
  needRead(call, from);
  needRead(call, to);
  const slot = call.portal.records[from].slotOf(id);
  const company = slot >= 0 && from === 'contacts' && to === 'companies' ? companyOf(call, slot) : null;
  const results =
    company === null
      ? []
      : [
          {
            toObjectId: Number(company),
            associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 1, label: 'Primary' }],
          },
        ];
  return jsonResponse(200, { results }, call.info);
}
