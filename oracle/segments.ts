/** Who is in a segment of Pendo's, by its rule over what is stored. */
import type { RawPendoRecord, RawSubscription } from '../sandbox/contract.ts';
import type { SyncObject } from '../src/sync/config.ts';

export function membersOf(
  { segments }: RawSubscription,
  segmentId: string,
  object: SyncObject,
): (record: RawPendoRecord) => boolean {
  const segment = segments.find(({ id }) => id === segmentId);
  const rule = object === 'visitor' ? segment?.visitors : segment?.accounts;
  if (!rule) return () => false;
  if ('ids' in rule) {
    const ids = new Set(rule.ids);
    return ({ id }) => ids.has(id);
  }
  return ({ metadata }) => metadata[rule.group]?.[rule.field] === rule.equals;
}
