import type { Call, PendoKind, RawField, Switches } from '../../contract.ts';
import { BadRequest } from '../refusals.ts';
import type { Truth } from '../truth/truth.ts';
import { fitted, typeOf } from './value-types.ts';

export interface ValueRow {
  id: string;
  values: Record<string, unknown>;
}

/** What a write did, row by row, in the order of the rows. */
export interface WriteResult {
  total: number;
  updated: number;
  missing: string[];
  errors: { id: string; message: string }[];
  writes: NonNullable<Call['writes']>;
}

interface Target {
  truth: Truth;
  kind: PendoKind;
  group: 'agent' | 'custom';
  /** Create what does not exist. */
  create: boolean;
  /** Say what would happen, change nothing. */
  noop: boolean;
}

/**
 * Writes many rows. A row is taken as a whole or refused as a whole. What the switches call a fault of the call
 * throws BadRequest before anything is written.
 */
export function writeValues(rows: ValueRow[], target: Target): WriteResult {
  const { truth, kind, group, create, noop } = target;
  const store = truth.records[kind];
  const planned = rows.map((row) => ({ row, plan: planRow(row, target) }));
  const result: WriteResult = { total: rows.length, updated: 0, missing: [], errors: [], writes: [] };
  for (const { row, plan } of planned) {
    const known = store.exists(row.id);
    const refusal = known || create ? plan.error : undefined;
    const accepted = (known || create) && refusal === undefined;
    result.writes.push({
      id: row.id,
      created: accepted && !known,
      accepted,
      fields: accepted ? plan.values : row.values,
    });
    if (!known && !create) result.missing.push(row.id);
    else if (refusal !== undefined) result.errors.push({ id: row.id, message: refusal });
    else {
      result.updated++;
      if (noop) continue;
      if (!known) store.create(row.id);
      defineNew(plan.fresh, truth.subscription.schema[kind][group]!);
      store.write(row.id, group, plan.values);
    }
  }
  return result;
}

/** The values of a row as they would be stored (null clears), or why the row is refused. */
function planRow(row: ValueRow, { truth, kind, group }: Target) {
  const switches = truth.switches();
  const schema = truth.subscription.schema[kind][group] ?? {};
  const values: Record<string, unknown> = {};
  const fresh: Record<string, unknown> = {};
  let error: string | undefined;

  if (
    switches.pendoDoNotProcessWrite === 'rowError' &&
    truth.records[kind].raw(row.id)?.metadata.pendo?.donotprocess === true
  ) {
    error = `${kind} is not to be processed`;
  }
  for (const [sent, value] of Object.entries(row.values)) {
    const name = sent.toLowerCase();
    const field = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (!field || field.isDeleted) {
      // A field of `agent` comes into being with its first value; one of `custom` must have been made.
      if (group === 'agent' && !field) fresh[name] = value;
      else if (switches.pendoUnknownField === 'call400') throw new BadRequest(`missing field mappings: ${name}`);
      else if (switches.pendoUnknownField === 'rowError') error ??= `unknown field ${name}`;
      if (!(name in fresh)) continue;
    }
    const stored = storedValue(field?.type ?? '', value, switches);
    if (stored.kind === 'set') values[name] = stored.value;
    else if (stored.kind === 'refuse') error ??= `${name}: ${stored.why}`;
  }
  return { values, fresh, error };
}

type Stored = { kind: 'set'; value: unknown } | { kind: 'leave' } | { kind: 'refuse'; why: string };

function storedValue(type: RawField['type'], value: unknown, switches: Switches): Stored {
  if (value === null) {
    if (switches.pendoNull === 'error') return { kind: 'refuse', why: 'null is no value' };
    return switches.pendoNull === 'clear' ? { kind: 'set', value: null } : { kind: 'leave' };
  }
  if (value === '') return { kind: 'set', value: switches.pendoEmptyString === 'clear' ? null : '' };
  const found = fitted(type, value);
  const isTime = type === 'time' || type === 'date';
  if (isTime && typeof value === 'number' && switches.pendoTimeWritten !== 'asSent')
    return switches.pendoTimeWritten === 'lost' ? { kind: 'leave' } : { kind: 'set', value: value * 1000 };
  if (found.fits === 'as it is') return { kind: 'set', value: found.value };
  const why = `${JSON.stringify(value)} is not of type ${type}`;
  if (switches.pendoTypeClash === 'call400') throw new BadRequest(why);
  if (switches.pendoTypeClash === 'coerce' && found.fits === 'coerced') return { kind: 'set', value: found.value };
  return { kind: 'refuse', why };
}

function defineNew(fresh: Record<string, unknown>, schema: Record<string, RawField>): void {
  for (const [name, value] of Object.entries(fresh)) {
    schema[name] ??= { type: typeOf(value), displayName: name, isDeleted: false };
  }
}
