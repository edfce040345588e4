import type { CrmEdit, CrmType, RawCrmRecord } from '../contract.ts';
import { lagging } from './batch-write.ts';
import type { Portal } from './portal.ts';
import type { RecordStore, Slot } from './record-store.ts';

/** All records as stored, ascending by id, archived and merged ones too. Archived properties are shown as well. */
export function* rawRecords(portal: Portal, type: CrmType): Generator<RawCrmRecord> {
  const store = portal.records[type];
  const names = [...portal.properties[type].keys()];
  const readers = names.map((name) => store.reader(name));
  for (let place = 0; place < store.count; place++) {
    const slot = store.order[place]!;
    if (store.isPurged(slot)) continue;
    const properties: Record<string, string> = {};
    for (let i = 0; i < names.length; i++) {
      const value = readers[i]!(slot);
      if (value !== null) properties[names[i]!] = value;
    }
    const record: RawCrmRecord = {
      id: String(store.ids[slot]),
      properties,
      archived: store.isArchived(slot),
      createdAt: store.createdAt[slot]!,
      updatedAt: store.updatedAt[slot]!,
    };
    const into = store.mergedInto.get(slot);
    if (into !== undefined) record.mergedInto = String(store.ids[into]);
    yield record;
  }
}

/** Raw edits: nothing is checked, values are stored as they come. Returns the ids, one per edit. */
export function editRecords(portal: Portal, type: CrmType, edits: CrmEdit[]): string[] {
  const store = portal.records[type];
  const now = portal.clock.now();
  const shadows = lagging({ portal });
  return edits.map((edit) => {
    const slot = edit.id === undefined ? create(store, edit, now, shadows) : known(store, edit.id);
    if (edit.id !== undefined && edit.properties) store.write(slot, edit.properties, now, shadows, edit.touch);
    if (edit.archived !== undefined) store.setArchived(slot, edit.archived, now, shadows);
    if (edit.purged) store.purge(slot);
    if (edit.mergeInto !== undefined) merge(store, slot, known(store, edit.mergeInto), now, shadows);
    return String(store.ids[slot]);
  });
}

function known(store: RecordStore, id: string): Slot {
  const slot = store.slotOf(id);
  if (slot < 0) throw new RangeError(`There is no record ${id} among the ${store.type}.`);
  return slot;
}

function create(store: RecordStore, edit: CrmEdit, now: number, shadows: boolean): Slot {
  return store.create([{ values: { ...edit.properties } }], now, shadows)[0]!;
}

/** The way of portals in which the primary keeps its id. */
function merge(store: RecordStore, from: Slot, into: Slot, now: number, shadows: boolean): void {
  const ids = [
    store.value(into, 'hs_merged_object_ids'),
    store.value(from, 'hs_merged_object_ids'),
    String(store.ids[from]),
  ];
  const values: Record<string, string> = { hs_merged_object_ids: ids.filter(Boolean).join(';') };
  const lost = store.type === 'contacts' ? store.value(from, 'email') : null;
  if (lost !== null && lost !== store.value(into, 'email'))
    values.hs_additional_emails = [store.value(into, 'hs_additional_emails'), lost].filter(Boolean).join(';');
  store.setMerged(from, into, now);
  store.write(into, values, now, shadows);
}
