/** Who was forgotten, among names that are at hand: whatever is read live is shown without them. */
import type { SyncObject } from '../../sync/config.ts';
import { hubspotName, keyNames } from '../../sync/suppressed-names.ts';
import { openSuppression } from '../../vault/index.ts';
import type { Control } from '../control.ts';

/** A record as somebody may know it: any of these names was forgotten, and it is. */
export interface Named {
  hubspotId?: string | undefined;
  keys: readonly string[];
}

/** @returns those that were not forgotten, in their order */
export async function notForgotten<T>(
  { db, vault }: Pick<Control, 'db' | 'vault'>,
  tenantId: string,
  object: SyncObject,
  records: readonly T[],
  nameOf: (record: T) => Named,
): Promise<T[]> {
  if (records.length === 0) return [];
  const namesOf = (record: T): string[] => {
    const { hubspotId, keys } = nameOf(record);
    return [...(hubspotId === undefined ? [] : [hubspotName(hubspotId)]), ...keys.flatMap(keyNames)];
  };
  return db.tenant(tenantId, async (tx) => {
    const hash = await openSuppression(tx, vault, tenantId);
    if (hash === undefined) return [...records];
    const hashes = records.map((record) => namesOf(record).map(hash));
    const rows = await tx
      .selectFrom('suppressions')
      .select('hash')
      .where('tenant_id', '=', tenantId)
      .where('object', '=', object)
      .where('hash', 'in', [Buffer.alloc(0), ...hashes.flat()])
      .execute();
    const hidden = new Set(rows.map((row) => row.hash.toString('hex')));
    return records.filter((_record, at) => !hashes[at]!.some((one) => hidden.has(one.toString('hex'))));
  });
}
