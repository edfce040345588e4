/** Metadata of Pendo's as HubSpot shall hold it: docs/semantics.md, section 3.4. */
import { dayIn } from './clock.ts';
import { readInstant, utcDay } from './instants.ts';
import { numberCanon, readDecimal } from './numbers.ts';
import { textFault } from './text.ts';
import type { Canon, InvalidReason, PushType } from './types.ts';

/** HubSpot stores no longer text. UTF-16 units. */
const longestText = 65_536;

/** The HubSpot type of a field of this Pendo type; null: it has no counterpart. */
export function metadataTypeOf(pendoType: string, timeAs: 'date' | 'datetime'): PushType | null {
  switch (pendoType.toLowerCase()) {
    case '':
    case 'string':
    case 'list':
      return 'string';
    case 'integer':
    case 'float':
    case 'number':
      return 'number';
    case 'boolean':
      return 'bool';
    case 'time':
    case 'date':
      return timeAs;
    default:
      return null;
  }
}

export interface MetadataField {
  group: string;
  hubspotType: PushType;
}

/** The value of a field, as its HubSpot type has it. */
export function metadataCanon(raw: unknown, { group, hubspotType }: MetadataField, zone: string): Canon {
  if (isEmpty(raw)) return null;
  switch (hubspotType) {
    case 'number':
      if (typeof raw === 'number') return numberCanon(raw);
      return typeof raw === 'string' ? readDecimal(raw) : { invalid: 'notANumber' };
    case 'bool':
      if (typeof raw === 'boolean') return String(raw);
      return raw === 'true' || raw === 'false' ? raw : { invalid: 'notABool' };
    case 'date':
    case 'datetime':
      return time(raw, hubspotType, zone, isAuto(group));
    default:
      return Array.isArray(raw) ? list(raw) : text(raw);
  }
}

/** Null, absent, `""`, or a list in which nothing holds something. */
function isEmpty(raw: unknown): boolean {
  return raw === null || raw === undefined || raw === '' || (Array.isArray(raw) && raw.every(isEmpty));
}

/** Pendo's own groups, in which a time of 0 says that there is none. */
function isAuto(group: string): boolean {
  return group === 'auto' || group.startsWith('auto__');
}

const dayText = /^\d{4}-\d\d-\d\d$/;

function time(raw: unknown, type: 'date' | 'datetime', zone: string, zeroIsNothing: boolean): Canon {
  const ms = readInstant(raw);
  if (typeof ms !== 'number') return ms;
  if (ms === 0 && zeroIsNothing) return null;
  if (type === 'date' && typeof raw === 'string' && dayText.test(raw)) return utcDay(ms);
  const day = dayIn(ms, zone);
  if (day.length !== 10) return { invalid: 'outOfRange' };
  return type === 'datetime' ? String(ms) : day;
}

function list(items: readonly unknown[]): Canon {
  const texts: string[] = [];
  for (const item of items) {
    if (item === null || item === undefined || item === '') continue;
    const written = asText(item);
    if (written === null) return { invalid: 'notText' };
    texts.push(written);
  }
  return storable(texts.join(';'));
}

function text(raw: unknown): Canon {
  const written = asText(raw);
  return written === null ? { invalid: 'notText' } : storable(written);
}

/** Text as it is, a number or a boolean as ECMAScript writes it. */
function asText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** Text as a HubSpot property can hold it, or why it cannot. */
export function storable(text: string): string | { invalid: InvalidReason } {
  const fault = textFault(text);
  if (fault) return { invalid: fault };
  return text.length > longestText ? { invalid: 'tooLong' } : text;
}
