/** Any metadata field of Pendo's as a HubSpot value: SEMANTICS 3.4. */
import type { RawField } from '../sandbox/contract.ts';
import { isPoison, read } from './canonical.ts';
import type { CanonicalKind, Reading } from './contract.ts';
import type { MetadataMapping } from './push-entry.ts';
import { readVisit } from './visits.ts';

/** UTF-16 units that a HubSpot text holds. */
const longest = 65_536;

const unreadable = (reason: string): Reading => ({ state: 'unreadable', reason });
const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';

export function metadataKind(type: RawField['type'], timeAs: MetadataMapping['timeAs']): CanonicalKind {
  switch (type) {
    case 'integer':
    case 'float':
      return 'number';
    case 'boolean':
      return 'bool';
    case 'time':
    case 'date':
      return timeAs;
    default:
      return 'string';
  }
}

/** The value as it stands in a record, by what the field is now. */
export function readMetadata(value: unknown, kind: CanonicalKind, group: string, zone: string): Reading {
  if (isEmpty(value) || (Array.isArray(value) && value.every(isEmpty))) return { state: 'empty' };
  switch (kind) {
    case 'string':
      return readText(value);
    case 'date':
    case 'datetime':
      return readTime(value, kind, group, zone);
    default:
      return read(kind, value);
  }
}

/** A list of one is no other text than its only item. */
export function readText(value: unknown): Reading {
  const items = Array.isArray(value) ? value : [value];
  if (items.some((item) => typeof item === 'object' && item !== null)) return unreadable('holds an object or a list');
  const text = items
    .filter((item) => !isEmpty(item))
    .map(String)
    .join(';');
  if (isPoison(text)) return unreadable('holds NUL or a lone surrogate');
  return text.length > longest ? unreadable(`longer than ${longest}`) : { state: 'value', value: text };
}

function readTime(value: unknown, kind: 'date' | 'datetime', group: string, zone: string): Reading {
  const zeroIsNothing = group === 'auto' || group.startsWith('auto__');
  if (zeroIsNothing) {
    const instant = read('datetime', value);
    if (instant.state === 'value' && instant.value === 0) return { state: 'empty' };
  }
  // A day without a time is in no zone.
  const isDay = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value);
  if (isDay && kind === 'date') return read('date', value);
  return readVisit(value, kind, zone);
}
