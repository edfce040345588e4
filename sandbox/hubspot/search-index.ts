import type { RawPropertyDefinition } from '../contract.ts';
import type { RecordStore, Slot } from './record-store.ts';

/** What values compare by; null: there is no value. */
export type SearchKey = string | number;

/** The records as the search index holds them: possibly as they were some time ago. */
export interface SearchIndex {
  /** Is the record in the index? */
  holds(slot: Slot): boolean;
  /** Reads a property as text. */
  text(property: string): (slot: Slot) => string | null;
  /** Reads what a property is compared by. */
  key(definition: RawPropertyDefinition): (slot: Slot) => SearchKey | null;
}

/** `seen`: changes after this instant are not in the index yet; null: it is up to date. */
export function createSearchIndex(store: RecordStore, seen: number | null): SearchIndex {
  if (seen === null) {
    return {
      holds: (slot) => store.isLive(slot),
      text: (property) => store.reader(property),
      key: (definition) => systemKey(store, definition.name) ?? keyReader(definition, store.reader(definition.name)),
    };
  }
  const text = (property: string) => readerWithLag(store, property, seen);
  return {
    holds(slot) {
      const old = store.shadowOf(slot, seen);
      if (store.isMerged(slot) || old?.created) return false;
      return !(old ? old.archivedBefore : store.isArchived(slot));
    },
    text,
    key: (definition) => keyReader(definition, text(definition.name)),
  };
}

/** How values of a property compare: numbers as numbers, times as instants, text without regard to case. */
export function keyOf(definition: RawPropertyDefinition): (value: string) => SearchKey {
  if (definition.type === 'number') return Number;
  if (definition.type === 'date' || definition.type === 'datetime')
    return (value) => (/^-?\d+$/.test(value) ? Number(value) : Date.parse(value));
  return (value) => value.toLowerCase();
}

function keyReader(definition: RawPropertyDefinition, read: (slot: Slot) => string | null) {
  const key = keyOf(definition);
  return (slot: Slot) => {
    const value = read(slot);
    return value === null || value === '' ? null : key(value);
  };
}

/** What big readers search and sort by is kept as numbers anyway. */
function systemKey(store: RecordStore, property: string): ((slot: Slot) => number) | null {
  if (property === 'hs_object_id') return (slot) => store.ids[slot]!;
  if (property === 'createdate') return (slot) => store.createdAt[slot]!;
  return store.systemReader(property) ? (slot) => store.updatedAt[slot]! : null;
}

function readerWithLag(store: RecordStore, property: string, seen: number): (slot: Slot) => string | null {
  const now = store.reader(property);
  const modified = property === 'lastmodifieddate' || property === 'hs_lastmodifieddate';
  return (slot) => {
    const old = store.shadowOf(slot, seen);
    if (!old) return now(slot);
    if (modified) return new Date(old.updatedBefore).toISOString();
    const before = old.before[property];
    return typeof before === 'string' || before === null ? before : now(slot);
  };
}
