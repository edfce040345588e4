import type { CrmType } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import { accept, batchRows, lagging, record } from './batch-write.ts';
import { batchInputs, type HubSpotCall, jsonBody, needScope } from './call.ts';
import { checkRow, unknownProperties } from './check-row.ts';
import { badRequest, invalidValues, notFound } from './errors.ts';
import { findBy, uniqueProperty } from './identify.ts';
import type { Portal } from './portal.ts';
import type { Slot } from './record-store.ts';
import { writtenResult } from './written-result.ts';

const noContent = (call: HubSpotCall): VendorResponse => ({ status: 204, headers: {}, body: '', call: call.info });

/** `DELETE …/{id}`: into the recycle bin. Archiving what is not there succeeds too. */
export function archiveRecord(call: HubSpotCall, type: CrmType, id: string): VendorResponse {
  call.info.operation = 'archive';
  needScope(call, `crm.objects.${type}.write`);
  archive(call, type, [id]);
  return noContent(call);
}

/** `POST …/batch/archive`. */
export function batchArchive(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'batchArchive';
  needScope(call, `crm.objects.${type}.write`);
  archive(
    call,
    type,
    batchInputs(jsonBody(call)).map((input) => String(input.id ?? '')),
  );
  return noContent(call);
}

function archive(call: HubSpotCall, type: CrmType, ids: string[]): void {
  const store = call.portal.records[type];
  call.info.records = ids.length;
  if (call.request.noop) return;
  for (const id of ids) {
    const slot = store.slotOf(id);
    if (slot >= 0 && store.isLive(slot)) store.setArchived(slot, true, call.portal.clock.now(), lagging(call));
  }
}

/** `PATCH …/{id}`: one record, by id or by a unique property. */
export function updateRecord(call: HubSpotCall, type: CrmType, id: string): VendorResponse {
  call.info.operation = 'update';
  needScope(call, `crm.objects.${type}.write`);
  const [row] = batchRows([{ ...jsonBody(call), id }], true);
  const store = call.portal.records[type];
  const idProperty = call.request.query.get('idProperty');
  const found = idProperty
    ? findBy(call, type, uniqueProperty(call, type, idProperty, 'update').name, id)
    : store.slotOf(id);
  const slot = found < 0 ? found : store.resolve(found);
  if (slot < 0 || !store.isLive(slot)) throw notFound();
  record(call, [row!], false);
  const unknown = unknownProperties(call, type, [row!]);
  if (unknown.length) throw invalidValues(unknown);
  const checked = checkRow(call, type, row!.properties, slot);
  if ('error' in checked) throw checked.error;
  if (!call.request.noop) store.write(slot, checked.values, call.portal.clock.now(), lagging(call));
  accept(call, row!, String(store.ids[slot]), false);
  call.info.records = 1;
  const body = writtenResult(call, store, slot, Object.keys(checked.values));
  return { status: 200, headers: { 'content-type': 'application/json;charset=utf-8' }, body, call: call.info };
}

/** `POST …/merge`: today's way, in which a new record takes the place of both. */
export function mergeRecords(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'merge';
  needScope(call, `crm.objects.${type}.write`);
  const { primaryObjectId, objectIdToMerge } = jsonBody(call);
  const store = call.portal.records[type];
  const primary = store.slotOf(String(primaryObjectId));
  const other = store.slotOf(String(objectIdToMerge));
  if (primary < 0 || other < 0 || !store.isLive(primary) || !store.isLive(other)) throw notFound();
  if (primary === other) throw badRequest('A record cannot be merged with itself.');
  if (call.request.noop) return jsonResponse(200, { id: String(primaryObjectId), properties: {} }, call.info);
  const now = call.portal.clock.now();
  const values = mergedValues(call.portal, type, primary, other);
  const [slot] = store.create([{ values }], now);
  store.setMerged(primary, slot!, now);
  store.setMerged(other, slot!, now);
  call.info.records = 1;
  const body = writtenResult(call, store, slot!, Object.keys(values));
  return { status: 200, headers: { 'content-type': 'application/json;charset=utf-8' }, body, call: call.info };
}

/**
 * The values of a merged record: the primary's, filled up from the other; the other's e-mail becomes an additional one
 * and both old ids are remembered.
 */
export function mergedValues(portal: Portal, type: CrmType, primary: Slot, other: Slot): Record<string, string | null> {
  const store = portal.records[type];
  const values: Record<string, string | null> = {};
  for (const name of portal.properties[type].keys()) {
    if (store.systemReader(name)) continue;
    const value = store.value(primary, name) || store.value(other, name);
    if (value) values[name] = value;
  }
  const joined = (...parts: (string | null)[]) =>
    [...new Set(parts.flatMap((part) => part?.split(';') ?? []).filter(Boolean))].join(';') || null;
  const merged = 'hs_merged_object_ids';
  values[merged] = joined(
    store.value(primary, merged),
    store.value(other, merged),
    String(store.ids[primary]),
    String(store.ids[other]),
  );
  if (type === 'contacts') {
    const emails = joined(
      store.value(primary, 'hs_additional_emails'),
      store.value(other, 'hs_additional_emails'),
      values.email === store.value(other, 'email') ? null : store.value(other, 'email'),
    );
    if (emails) values.hs_additional_emails = emails;
  }
  return values;
}
