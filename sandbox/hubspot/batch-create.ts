import type { CrmType } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import {
  accept,
  type BatchRow,
  batchRows,
  failsByRow,
  lagging,
  namingProperty,
  record,
  refuseDuplicates,
  rowError,
  withWarnings,
} from './batch-write.ts';
import { batchInputs, type HubSpotCall, jsonBody, needScope } from './call.ts';
import { type CheckedRow, checkRow, unknownProperties } from './check-row.ts';
import { badRequest, HubSpotError, invalidValues } from './errors.ts';
import type { Slot } from './record-store.ts';
import { settle } from './settled.ts';
import { filedEmail } from './values.ts';
import { writtenResult } from './written-result.ts';

/** A row that may be written, with the record it goes to (-1: a new one). */
interface Planned {
  row: BatchRow;
  slot: Slot;
  checked: CheckedRow;
}

/** `POST …/batch/create`. */
export function batchCreate(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'batchCreate';
  needScope(call, `crm.objects.${type}.write`);
  const rows = batchRows(batchInputs(jsonBody(call)), false);
  return write(call, type, rows, 201, () => -1, null);
}

/** `POST …/batch/upsert`: by a unique property; the answer says for each record whether it is new. */
export function batchUpsert(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'batchUpsert';
  needScope(call, `crm.objects.${type}.write`);
  const inputs = batchInputs(jsonBody(call));
  const rows = batchRows(inputs, true);
  const property = namingProperty(call, type, inputs, 'upsert');
  if (property === null) throw badRequest('Some required fields were not set: [idProperty]');
  const { hubspotEmailFolding } = call.portal.switches();
  const key = (id: string) => (property === 'email' ? filedEmail(id, hubspotEmailFolding) : id);
  refuseDuplicates(rows.map((row) => ({ ...row, id: key(row.id) })));
  const find = (row: BatchRow) => call.portal.records[type].find(property, key(row.id));
  // Only a new record gets its key: a contact that was found by an additional address keeps the main one.
  for (const row of rows)
    if (!Object.hasOwn(row.properties, property) && find(row) < 0)
      row.properties = { ...row.properties, [property]: row.id };
  return write(call, type, rows, 200, find, property);
}

/** `POST …/{type}`: one new record. */
export function createRecord(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'create';
  needScope(call, `crm.objects.${type}.write`);
  const rows = batchRows([jsonBody(call)], false);
  const response = write(call, type, rows, 201, () => -1, null);
  const { results } = JSON.parse(String(response.body)) as { results: unknown[] };
  return jsonResponse(201, results[0], call.info);
}

function write(
  call: HubSpotCall,
  type: CrmType,
  rows: BatchRow[],
  status: number,
  find: (row: BatchRow) => Slot,
  /** The property that names records, of an upsert; null: all are new. */
  property: string | null,
): VendorResponse {
  record(call, rows, property === null);
  const unknown = unknownProperties(call, type, rows);
  if (unknown.length) throw invalidValues(unknown);
  const { planned, failures } = plan(call, type, rows, find);
  // A conflict fails the whole upsert, trace ids or not: recorded in the wild.
  const conflict = property === null ? undefined : failures.find(({ error }) => error.status === 409);
  if (conflict) throw conflict.error;
  if (failures.length && !failsByRow(call, rows)) throw failures[0]!.error;

  const results = (call.request.noop ? pretend : apply)(call, type, planned, property);
  call.info.records = planned.length;
  const errors = failures.map(({ row, error }) => rowError(error, row));
  return withWarnings(
    settle(call, status, results, errors),
    planned.flatMap(({ checked }) => checked.warnings),
  );
}

function plan(call: HubSpotCall, type: CrmType, rows: BatchRow[], find: (row: BatchRow) => Slot) {
  const planned: Planned[] = [];
  const failures: { row: BatchRow; error: HubSpotError }[] = [];
  const taken = new Set<string>();
  for (const row of rows) {
    const slot = find(row);
    const checked = checkRow(call, type, row.properties, slot);
    if ('error' in checked) {
      failures.push({ row, error: checked.error });
      continue;
    }
    const email = type === 'contacts' && slot < 0 ? (checked.values.email ?? null) : null;
    if (email !== null && taken.has(email)) {
      const error = new HubSpotError(409, `Duplicate contact in batch: ${email}`, { category: 'CONFLICT' });
      failures.push({ row, error });
      continue;
    }
    if (email !== null) taken.add(email);
    planned.push({ row, slot, checked });
  }
  return { planned, failures };
}

function apply(call: HubSpotCall, type: CrmType, planned: Planned[], property: string | null): string[] {
  const store = call.portal.records[type];
  const now = call.portal.clock.now();
  const keepShadow = lagging(call);
  const fresh = planned.filter(({ slot }) => slot < 0);
  const values = fresh.map(({ checked }) => ({ values: withDefaults(type, checked.values) }));
  const made = new Map(store.create(values, now, keepShadow).map((slot, n) => [fresh[n], slot]));
  return planned.map((one) => {
    const { row, checked } = one;
    const isNew = one.slot < 0;
    const slot = made.get(one) ?? one.slot;
    if (!isNew) store.write(slot, checked.values, now, keepShadow);
    accept(call, row, String(store.ids[slot]), isNew);
    // The property that names records is always shown: it is how callers tell the rows apart.
    const shown = [...Object.keys(checked.values), ...(property === null ? [] : [property])];
    return writtenResult(call, store, slot, shown, { traceId: row.traceId, ...(property === null ? {} : { isNew }) });
  });
}

/** What a new record looks like when nothing is done (the `noop200` fault). */
function pretend(call: HubSpotCall, type: CrmType, planned: Planned[], property: string | null): string[] {
  const now = new Date(call.portal.clock.now()).toISOString();
  return planned.map(({ slot, checked, row }, n) => {
    if (slot >= 0)
      return writtenResult(call, call.portal.records[type], slot, Object.keys(checked.values), { isNew: false });
    const id = String(900_000_000_000 + call.number * 100 + n);
    const properties = { ...checked.values, hs_object_id: id };
    const trace = row.traceId ? { objectWriteTraceId: row.traceId } : {};
    return JSON.stringify({
      id,
      properties,
      createdAt: now,
      updatedAt: now,
      archived: false,
      ...(property === null ? {} : { new: true }),
      ...trace,
    });
  });
}

/** HubSpot starts a contact's life cycle by itself. */
function withDefaults(type: CrmType, values: Record<string, string | null>): Record<string, string | null> {
  return type === 'contacts' && !values.lifecyclestage ? { ...values, lifecyclestage: 'lead' } : values;
}
