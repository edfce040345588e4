/** The one canonical form of each type, for values of either side. */
import type { RawPropertyDefinition } from '../sandbox/contract.ts';
import type { Canonical, CanonicalKind, Reading } from './contract.ts';
import { utcDay } from './zone.ts';

const EMPTY: Reading = { state: 'empty' };
const unreadable = (reason: string): Reading => ({ state: 'unreadable', reason });
const value = (it: Exclude<Canonical, null>): Reading => ({ state: 'value', value: it });

/** The kind of a HubSpot property, or undefined for a type that cannot be mapped. */
export function kindOf(definition: Pick<RawPropertyDefinition, 'type' | 'fieldType'>): CanonicalKind | undefined {
  switch (definition.type) {
    case 'string':
    case 'phone_number':
      return 'string';
    case 'number':
      return 'number';
    case 'bool':
      return 'bool';
    case 'date':
      return 'date';
    case 'datetime':
      return 'datetime';
    case 'enumeration':
      return definition.fieldType === 'checkbox' ? 'many' : 'one';
    default:
      return undefined;
  }
}

/** PostgreSQL and UTF-8 can hold neither. */
export function isPoison(text: string): boolean {
  return text.includes('\u0000') || !text.isWellFormed();
}

/** Order of UTF-8 bytes, as `COLLATE "C"` has it. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Splits a set, drops empties and doubles, sorts by bytes. */
function joinSet(parts: string[]): string {
  return [...new Set(parts.filter((part) => part !== ''))].sort(compareBytes).join(';');
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function utcMs(year: number, month: number, day: number, ms: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  // Date.UTC takes years below 100 for the twentieth century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() + ms;
}

/** The years 0000 to 9999: RFC 3339, as Pendo may read a time back, can write no others. */
const FIRST = Date.parse('0000-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** Epoch ms, floored, of a day, an RFC 3339 instant, or integer ms as number or text. */
function instant(raw: unknown): number | undefined {
  let ms: number | undefined;
  if (typeof raw === 'number') ms = Number.isInteger(raw) ? raw : undefined;
  else if (typeof raw === 'string') {
    if (/^-?\d+$/.test(raw)) ms = Number(raw);
    else if (/^\d{4}-\d\d-\d\d$/.test(raw)) {
      const [year, month, day] = raw.split('-').map(Number) as [number, number, number];
      ms = utcMs(year, month, day, 0);
    } else {
      const match = RFC3339.exec(raw);
      if (!match) return undefined;
      const part = (index: number): number => Number(match[index] ?? 0);
      if (part(4) > 23 || part(5) > 59 || part(6) > 59 || part(9) > 23 || part(10) > 59) return undefined;
      const fraction = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
      const offset = (part(9) * 60 + part(10)) * 60_000 * (match[8] === '-' ? -1 : 1);
      const time = ((part(4) * 60 + part(5)) * 60 + part(6)) * 1000 + fraction;
      ms = utcMs(part(1), part(2), part(3), time - offset);
    }
  }
  return ms !== undefined && ms >= FIRST && ms <= LAST ? ms + 0 : undefined;
}

function readNumber(raw: unknown): Reading {
  let figure: number;
  if (typeof raw === 'number') figure = raw;
  else if (typeof raw === 'string' && /^-?\d*\.?\d+([eE][+-]?\d+)?$/.test(raw)) figure = Number(raw);
  else return unreadable('not a number');
  if (!Number.isFinite(figure)) return unreadable('not a finite number');
  return value(figure === 0 ? 0 : figure);
}

/** Reads a value of either side. `undefined`, `null` and `""` are empty. */
export function read(kind: CanonicalKind, raw: unknown): Reading {
  if (raw === undefined || raw === null || raw === '') return EMPTY;
  switch (kind) {
    case 'number':
      return readNumber(raw);
    case 'bool':
      if (raw === true || raw === 'true') return value(true);
      if (raw === false || raw === 'false') return value(false);
      return unreadable('neither true nor false');
    case 'date':
    case 'datetime': {
      const ms = instant(raw);
      if (ms === undefined) return unreadable('not a date or time');
      return value(kind === 'date' ? utcDay(ms) : ms);
    }
    default: {
      if (typeof raw !== 'string') return unreadable('not text');
      if (isPoison(raw)) return unreadable('holds NUL or a lone surrogate');
      if (kind !== 'many') return value(raw);
      const set = joinSet(raw.split(';'));
      return set === '' ? EMPTY : value(set);
    }
  }
}

/** Internal values to labels. A value without an option stands; in a set, so does one whose label holds `;`. */
export function toLabels(kind: CanonicalKind, reading: Reading, options: RawPropertyDefinition['options']): Reading {
  if (reading.state !== 'value' || typeof reading.value !== 'string') return reading;
  const labelOf = (internal: string): string => options.find((option) => option.value === internal)?.label ?? internal;
  if (kind === 'one') return read('one', labelOf(reading.value));
  if (kind !== 'many') return reading;
  const parts = reading.value.split(';').map((part) => (labelOf(part).includes(';') ? part : labelOf(part)));
  return read('many', joinSet(parts));
}

/** The canonical value of a reading; what cannot be read differs from everything and has none. */
export function canonical(reading: Reading): Canonical | undefined {
  if (reading.state === 'value') return reading.value;
  return reading.state === 'empty' ? null : undefined;
}

/** Equal, both readable. An unknown or unreadable one equals nothing. */
export function same(a: Reading, b: Reading): boolean {
  const left = canonical(a);
  return left !== undefined && left === canonical(b);
}

export function readingOf(it: Canonical): Reading {
  return it === null ? EMPTY : value(it);
}
