import type { CrmType } from '../contract.ts';
import type { VendorResponse } from '../server/vendor.ts';
import { type HubSpotCall, jsonBody, needScope } from './call.ts';
import { badRequest, notFound } from './errors.ts';
import { findBy, uniqueProperty } from './identify.ts';
import { filedEmail } from './values.ts';

/**
 * `POST …/gdpr-delete`: takes a record away for good, archived or not; it is in no recycle bin. An address that nobody has
 * may never be used again: HubSpot's description of the endpoint says so.
 */
export function gdprDelete(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'gdprDelete';
  needScope(call, `crm.objects.${type}.write`);
  const { objectId, idProperty } = jsonBody(call);
  if (typeof objectId !== 'string' || objectId === '')
    throw badRequest('Some required fields were not set: [objectId]');
  const { portal } = call;
  const store = portal.records[type];
  const named = typeof idProperty === 'string' && idProperty !== '' && idProperty !== 'hs_object_id';
  const property = named ? uniqueProperty(call, type, idProperty).name : null;
  const slot = property === null ? store.slotOf(objectId) : findBy(call, type, property, objectId);
  const address = property === 'email' ? filedEmail(objectId, portal.switches().hubspotEmailFolding) : null;
  if (slot < 0 && address === null) throw notFound();
  if (!call.request.noop) {
    if (slot >= 0) store.purge(slot);
    else if (address !== null) portal.blockedEmails.add(address);
  }
  call.info.records = slot < 0 ? 0 : 1;
  return { status: 204, headers: {}, body: '', call: call.info };
}
