import type { PendoKind, Switches } from '../../contract.ts';
import type { CallInfo, VendorRequest, VendorResponse } from '../../server/vendor.ts';
import { plainObject } from '../aggregation/fields.ts';
import type { Limits } from '../aggregation/flow.ts';
import { BadRequest, TooMuch } from '../refusals.ts';
import type { Truth } from '../truth/truth.ts';
import { type ValueRow, type WriteResult, writeValues } from './write-values.ts';

/** The bulk write of values: answers 200 also when rows fail; the truth is in the body. */
export function writeRows(options: {
  truth: Truth;
  limits: Limits;
  kind: PendoKind;
  group: 'agent' | 'custom';
  request: VendorRequest;
  call: CallInfo;
  body: unknown;
  json: (value: unknown) => VendorResponse;
}): VendorResponse {
  const { truth, limits, kind, group, request, call, json } = options;
  call.operation += `:${kind}`;
  const rows = readRows(options.body, kind);
  const create = request.query.get('create') === 'true';
  const target = { truth, kind, group, create, noop: request.noop ?? false };
  // What Pendo does not get through in its five minutes is not done, and the caller is told nothing of the rest.
  const result = writeValues(rows.slice(0, limits.writeRows), target);
  call.records = result.updated;
  call.writes = result.writes;
  if (rows.length > limits.writeRows) throw new TooMuch('request timed out');
  return json(shownResult(result, kind, truth.switches()));
}

function readRows(body: unknown, kind: PendoKind): ValueRow[] {
  if (!Array.isArray(body)) throw new BadRequest('expected a list of rows');
  const key = `${kind}Id`;
  return body.map((each) => {
    const row = plainObject(each, 'a row');
    const id = row[key];
    if (typeof id !== 'string' || id === '') throw new BadRequest(`a row needs ${key}`);
    return { id, values: plainObject(row.values, 'values') };
  });
}

function shownResult({ total, updated, missing, errors }: WriteResult, kind: PendoKind, switches: Switches): unknown {
  const shown: Record<string, unknown> = { total, updated, failed: missing.length + errors.length };
  const present = switches.pendoEmptyLists === 'present';
  if (present || missing.length > 0) shown.missing = missing;
  if (present || errors.length > 0) {
    shown.errors = errors.map(({ id, message }) =>
      switches.pendoErrorShape === 'string' ? `${id}: ${message}` : { [`${kind}Id`]: id, error: message },
    );
  }
  return shown;
}
