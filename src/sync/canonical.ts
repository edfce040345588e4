/**
 * The canonical forms of docs/semantics.md, section 3.2: how each side's values are read, and written to the other.
 * Law: for every type, reading back what was written gives the canonical value that was written.
 */
import { readInstant, utcDay } from './instants.ts';
import { numberCanon, readDecimal } from './numbers.ts';
import { compareUtf8, textFault } from './text.ts';
import type { Canon, InvalidReason, PushType, ValueType } from './types.ts';

type Read = string | null | { invalid: InvalidReason };

/**
 * A source's reading of a HubSpot value. `null` and `''` are empty. With `labels`, options are sent as their labels; a
 * value without an option stands as it is.
 */
export function fromHubSpot(
  type: ValueType,
  raw: unknown,
  options: { labels?: ReadonlyMap<string, string> | undefined } = {},
): Canon {
  const { labels } = options;
  if (typeof raw !== 'string' || raw === '' || !labels) return read(type, raw);
  if (type === 'enumeration') return read(type, labels.get(raw) ?? raw);
  if (type === 'multiEnumeration') return optionSet(raw.split(';').map((value) => value && labelOf(value, labels)));
  return read(type, raw);
}

/** A target's reading of a Pendo metadata value; `undefined` (an absent key or group) is empty. */
export function fromPendo(type: ValueType, raw: unknown): Canon {
  return held(read(type, raw));
}

/** What to send to Pendo; `time` fields take epoch ms. Clearing is a setting of the connection and not decided here. */
export function toPendo(type: ValueType, canon: string): string | number | boolean {
  switch (type) {
    case 'number':
    case 'datetime':
      return Number(canon);
    case 'bool':
      return canon === 'true';
    case 'date':
      return Date.parse(canon);
    default:
      return canon;
  }
}

/** A target's reading of a HubSpot property that Crosswalk owns. An absent key is not known: do not ask for it here. */
export function hubspotTargetValue(type: PushType, raw: unknown): Canon {
  return held(read(type, raw));
}

/** What to send to HubSpot; `''` clears. Dates go as `YYYY-MM-DD`, datetimes as epoch ms, which HubSpot takes both. */
export function toHubSpot(_type: PushType, canon: string | null): string {
  return canon ?? '';
}

function held(value: Read): Canon {
  return value === null || typeof value === 'string' ? value : { unreadable: true };
}

function read(type: ValueType, raw: unknown): Read {
  if (raw === null || raw === undefined || raw === '') return null;
  switch (type) {
    case 'string':
    case 'enumeration':
      return text(raw);
    case 'number':
      if (typeof raw === 'number') return numberCanon(raw);
      return typeof raw === 'string' ? readDecimal(raw) : { invalid: 'notANumber' };
    case 'bool':
      if (typeof raw === 'boolean') return String(raw);
      return raw === 'true' || raw === 'false' ? raw : { invalid: 'notABool' };
    case 'date':
    case 'datetime': {
      const ms = readInstant(raw);
      if (typeof ms !== 'number') return ms;
      return type === 'date' ? utcDay(ms) : String(ms);
    }
    case 'multiEnumeration':
      return typeof raw === 'string' ? optionSet(raw.split(';')) : { invalid: 'notText' };
  }
}

function text(raw: unknown): Read {
  if (typeof raw !== 'string') return { invalid: 'notText' };
  const fault = textFault(raw);
  return fault ? { invalid: fault } : raw;
}

function optionSet(values: readonly string[]): Read {
  const distinct = [...new Set(values)].filter((value) => value !== '');
  if (distinct.length === 0) return null;
  return text(distinct.sort(compareUtf8).join(';'));
}

/** A label that holds `;` would read back as two options. */
function labelOf(value: string, labels: ReadonlyMap<string, string>): string {
  const label = labels.get(value);
  return label === undefined || label.includes(';') ? value : label;
}
