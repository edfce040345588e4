import type { CrmType } from '../contract.ts';
import type { VendorResponse } from '../server/vendor.ts';
import { associationsReader } from './associations.ts';
import { batchInputs, type HubSpotCall, jsonBody, listParameter, stringList } from './call.ts';
import { badRequest, notFound, objectsNotFound } from './errors.ts';
import { findBy, uniqueProperty } from './identify.ts';
import { needRead, presenter } from './present.ts';
import { settle } from './settled.ts';

/** `GET …/{type}/{id}`: one record. The id of a record that was merged away answers with the record in its place. */
export function readRecord(call: HubSpotCall, type: CrmType, id: string): VendorResponse {
  call.info.operation = 'read';
  needRead(call, type);
  const { query } = call.request;
  const store = call.portal.records[type];
  const idProperty = query.get('idProperty');
  const named = idProperty !== null && idProperty !== 'hs_object_id';
  const found = named ? findBy(call, type, uniqueProperty(call, type, idProperty).name, id) : store.slotOf(id);
  const slot = found < 0 ? found : store.resolve(found);
  const archived = query.get('archived') === 'true';
  if (slot < 0 || (archived ? !store.isArchivedOnly(slot) : !store.isLive(slot))) throw notFound();
  const present = presenter(call, type, {
    properties: listParameter(query, 'properties'),
    history: listParameter(query, 'propertiesWithHistory'),
    lagMs: call.portal.switches().hubspotReadLagMs,
    associations: associationsReader(call, type, listParameter(query, 'associations')),
  });
  const body = present(slot);
  if (body === null) throw notFound();
  call.info.records = 1;
  return { status: 200, headers: { 'content-type': 'application/json;charset=utf-8' }, body, call: call.info };
}

/** `POST …/batch/read`: up to 100 records by id or by a unique property; 207 when some are not there. */
export function batchRead(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'batchRead';
  needRead(call, type);
  const body = jsonBody(call);
  const history = stringList(body.propertiesWithHistory);
  const inputs = batchInputs(body, history.length ? 50 : 100);
  const idProperty = typeof body.idProperty === 'string' ? body.idProperty : 'hs_object_id';
  const byId = idProperty === 'hs_object_id';
  const property = byId ? null : uniqueProperty(call, type, idProperty);
  const store = call.portal.records[type];
  const archived = call.request.query.get('archived') === 'true';
  const present = presenter(call, type, {
    properties: stringList(body.properties),
    history,
    lagMs: call.portal.switches().hubspotReadLagMs,
  });

  const results = new Map<number, string>();
  const missing: string[] = [];
  for (const input of inputs) {
    if (typeof input.id !== 'string' && typeof input.id !== 'number')
      throw badRequest('Some required fields were not set: [id]');
    const id = String(input.id);
    const slot = property === null ? store.slotOf(id) : findBy(call, type, property.name, id);
    const text = slot < 0 || (archived ? !store.isArchivedOnly(slot) : !store.isLive(slot)) ? null : present(slot);
    if (text === null) missing.push(id);
    else results.set(slot, text);
  }
  call.info.records = results.size;
  const errors = missing.length ? [objectsNotFound(type, missing)] : [];
  return settle(call, 200, [...results.values()], errors);
}
