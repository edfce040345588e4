/** The records that have a key in the join property, at this moment. */
import type { CrmRecord, CrmType, HubSpotClient } from './types.ts';

const most = 5;

/** Search takes some seconds to know of changes; for e-mail addresses it is not needed. At most five. */
export async function findByKey(
  client: Pick<HubSpotClient, 'readByKey' | 'searchPage'>,
  type: CrmType,
  { property, key, properties }: { property: string; key: string; properties: readonly string[] },
): Promise<CrmRecord[]> {
  if (property === 'email') {
    return (await client.readByKey(type, { idProperty: 'email', keys: [key.trim()], properties })).records;
  }
  const filters = [{ propertyName: property, operator: 'EQ' as const, value: key }];
  return (await client.searchPage(type, { filters, properties, limit: most })).records;
}
