import type { HubSpotCall } from './call.ts';
import { shownName } from './present.ts';
import type { RecordStore, Slot } from './record-store.ts';

/** A record as write answers show it: the values just written and the system's own. */
export function writtenResult(
  call: HubSpotCall,
  store: RecordStore,
  slot: Slot,
  names: string[],
  extra: { traceId?: string | null; isNew?: boolean } = {},
): string {
  const modified = store.type === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate';
  const properties: Record<string, string | null> = {};
  for (const name of [...new Set([...names, 'createdate', 'hs_object_id', modified])].sort())
    properties[shownName(call, name)] = store.reader(name)(slot);
  return JSON.stringify({
    id: String(store.ids[slot]),
    properties,
    createdAt: new Date(store.createdAt[slot]!).toISOString(),
    updatedAt: new Date(store.updatedAt[slot]!).toISOString(),
    archived: store.isArchived(slot),
    ...(extra.isNew === undefined ? {} : { new: extra.isNew }),
    ...(extra.traceId ? { objectWriteTraceId: extra.traceId } : {}),
  });
}
