import type { Call, CrmType } from '../contract.ts';
import type { VendorResponse } from '../server/vendor.ts';
import { batchInputs, type HubSpotCall, jsonBody, needScope } from './call.ts';
import { type CheckedRow, checkRow, unknownProperties, type Warning } from './check-row.ts';
import { badRequest, type HubSpotError, invalidValues, objectsNotFound } from './errors.ts';
import { findBy, uniqueProperty } from './identify.ts';
import type { Slot } from './record-store.ts';
import { settle } from './settled.ts';
import { writtenResult } from './written-result.ts';

/** One input of a batch, taken apart. */
export interface BatchRow {
  id: string;
  traceId: string | null;
  properties: Record<string, unknown>;
}

/** What is wrong with a row; where the whole batch fails for it, this is the answer. */
interface RowFailure {
  row: BatchRow;
  error: HubSpotError;
}

export function batchRows(inputs: Record<string, unknown>[], needId: boolean): BatchRow[] {
  return inputs.map((input) => {
    const { id, properties, objectWriteTraceId } = input;
    const named = typeof id === 'string' || typeof id === 'number';
    if (needId && !named) throw badRequest('Some required fields were not set: [id]');
    if (typeof properties !== 'object' || properties === null || Array.isArray(properties))
      throw badRequest('Some required fields were not set: [properties]');
    return {
      id: named ? String(id) : '',
      traceId: typeof objectWriteTraceId === 'string' && objectWriteTraceId !== '' ? objectWriteTraceId : null,
      properties: properties as Record<string, unknown>,
    };
  });
}

/** Rows fail one by one only when every input has a trace id of its own; else the batch fails as one. */
export function failsByRow(call: HubSpotCall, rows: BatchRow[]): boolean {
  const traceIds = new Set(rows.map((row) => row.traceId));
  return call.portal.switches().hubspotBadRow === 'multiStatus' && !traceIds.has(null) && traceIds.size === rows.length;
}

/** `POST …/batch/update`: sets values of existing records, named by record id or by a property with unique values. */
export function batchUpdate(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'batchUpdate';
  needScope(call, `crm.objects.${type}.write`);
  const inputs = batchInputs(jsonBody(call));
  const rows = batchRows(inputs, true);
  const store = call.portal.records[type];
  const idProperty = namingProperty(call, type, inputs, 'update');
  refuseDuplicates(rows);
  record(call, rows, false);
  const unknown = unknownProperties(call, type, rows);
  if (unknown.length) throw invalidValues(unknown);

  const missing: BatchRow[] = [];
  const failures: RowFailure[] = [];
  const good: { row: BatchRow; slot: Slot; checked: CheckedRow }[] = [];
  for (const row of rows) {
    const slot = idProperty === null ? store.slotOf(row.id) : findBy(call, type, idProperty, row.id);
    // The id of a record that was merged away is dropped without a word: recorded in the wild.
    if (slot >= 0 && store.isMerged(slot)) continue;
    if (slot < 0 || store.isArchived(slot)) {
      missing.push(row);
      continue;
    }
    const checked = checkRow(call, type, row.properties, slot);
    if ('error' in checked) failures.push({ row, error: checked.error });
    else good.push({ row, slot, checked });
  }
  const byRow = failsByRow(call, rows);
  if (failures.length && !byRow) throw failures[0]!.error;

  const now = call.portal.clock.now();
  const keepShadow = lagging(call);
  const results: string[] = [];
  for (const [n, { row, slot, checked }] of good.entries()) {
    if (!call.request.noop) store.write(slot, kept(call, type, checked.values, n), now, keepShadow);
    accept(call, row, String(store.ids[slot]), false);
    results.push(writtenResult(call, store, slot, Object.keys(checked.values), { traceId: row.traceId }));
  }
  const errors = failures.map(({ row, error }) => rowError(error, row));
  if (missing.length && call.portal.switches().hubspotMissingId === 'multiStatus')
    for (const row of missing) errors.push(objectsNotFound(type, [row.id], row.traceId ? [row.traceId] : []));
  call.info.records = good.length;
  return withWarnings(
    settle(call, 200, results, errors),
    good.flatMap(({ checked }) => checked.warnings),
  );
}

/** What of a row is stored, whatever the answer says. */
function kept(call: HubSpotCall, type: CrmType, values: CheckedRow['values'], n: number): CheckedRow['values'] {
  const { hubspotUpdated } = call.portal.switches();
  if (hubspotUpdated === 'all' || (hubspotUpdated === 'firstRow' && n === 0)) return values;
  if (hubspotUpdated === 'firstRow') return {};
  const isDate = (name: string): boolean => call.portal.properties[type].get(name)?.type === 'date';
  return Object.fromEntries(Object.entries(values).filter(([name]) => !isDate(name)));
}

/** `idProperty` of a batch: null for record ids; 400 for a property that is not unique, `hs_object_id` among them. */
export function namingProperty(
  call: HubSpotCall,
  type: CrmType,
  inputs: Record<string, unknown>[],
  verb: 'update' | 'upsert',
): string | null {
  const names = new Set(
    inputs.map((input) => input.idProperty).filter((name) => typeof name === 'string' && name !== ''),
  );
  if (names.size === 0) return null;
  if (names.size > 1) throw badRequest('All inputs of a batch must have the same idProperty.');
  const name = String([...names][0]);
  if (name === 'hs_object_id' || (verb === 'update' && name === 'email'))
    throw badRequest(
      `Unable to perform update/upsert by non-unique ${type === 'contacts' ? '0-1' : '0-2'} property ${name}`,
    );
  return uniqueProperty(call, type, name, 'update/upsert').name;
}

/** The same id twice fails the request: 400, not 409. */
export function refuseDuplicates(rows: BatchRow[]): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { id } of rows) (seen.has(id) ? twice : seen).add(id);
  if (twice.size)
    throw badRequest(`Duplicate IDs found in batch input: [${[...twice].join(', ')}]. IDs must be unique`, {
      context: { ids: [...twice] },
    });
}

/** Notes in the call log what was asked for; `accept` says later what was done. */
export function record(call: HubSpotCall, rows: BatchRow[], created: boolean): void {
  call.info.writes = rows.map((row) => ({ id: row.id, created, accepted: false, fields: row.properties }));
}

export function accept(call: HubSpotCall, row: BatchRow, id: string, created: boolean): void {
  const write: NonNullable<Call['writes']>[number] | undefined = call.info.writes?.find(
    ({ fields }) => fields === row.properties,
  );
  if (!write) return;
  write.id = id;
  write.created = created;
  write.accepted = call.request.noop !== true;
}

/** A row's error as 207 carries it. */
export function rowError(error: HubSpotError, row: BatchRow): Record<string, unknown> {
  const { correlationId: _, context, ...body } = error.body;
  const trace = row.traceId ? { objectWriteTraceId: [row.traceId] } : {};
  const ids = row.id ? { ids: [row.id] } : {};
  return { ...body, context: { ...(context as object | undefined), ...trace, ...ids } };
}

/** Will a reader with a lag need what was there before? */
export function lagging(call: Pick<HubSpotCall, 'portal'>): boolean {
  const { hubspotReadLagMs, hubspotIndexLagMs } = call.portal.switches();
  return hubspotReadLagMs > 0 || hubspotIndexLagMs > 0;
}

/** 2026-09 says which values it stored differently. */
export function withWarnings(response: VendorResponse, warnings: Warning[]): VendorResponse {
  if (warnings.length === 0 || typeof response.body !== 'string') return response;
  return { ...response, body: `${response.body.slice(0, -1)},"warnings":${JSON.stringify(warnings)}}` };
}
