/** Names of companies and people are not kept here unless they are mapped: HubSpot is asked for them. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { crmTypeOf } from '../../hubspot/index.ts';
import { type SyncObject, syncObjects } from '../../sync/config.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import type { FoundRecord } from './found-record.ts';
import { readRecordAddress } from './record-address.ts';
import { notForgotten } from './suppressed.ts';

export const nameSearches = ['notAsked', 'asked', 'failed'] as const;
export type NameSearch = (typeof nameSearches)[number];

const most = 10;
/** HubSpot refuses a search of more than 3,000 characters. */
const longestName = 200;
const patienceMs = 10_000;

/** An e-mail address, an id or the address of a page is no name. */
function couldBeName(text: string): boolean {
  const trimmed = text.trim();
  const plain = trimmed.length >= 2 && trimmed.length <= longestName && !/[@"]|^\d+$/.test(trimmed);
  return plain && readRecordAddress(trimmed) === undefined && !/^https?:/i.test(trimmed);
}

/** Costs a call for each sync that is configured, so it is for those who may operate. */
export async function searchNames(
  control: Control,
  caller: Caller,
  tenantId: string,
  text: string,
): Promise<{ records: FoundRecord[]; names: NameSearch }> {
  if (!couldBeName(text) || !caller.scopes.some((scope) => scope !== 'read')) return { records: [], names: 'notAsked' };
  const keys = await inTenant(control, caller, 'read', tenantId, async (tx) => {
    const syncs = await tx.selectFrom('syncs').select(['object', 'config']).where('tenant_id', '=', tenantId).execute();
    return new Map(syncs.map(({ object, config }) => [object, config.joinKey.property]));
  });
  if (keys.size === 0) return { records: [], names: 'notAsked' };
  try {
    const client = await control.vendors.hubspot(tenantId, { signal: AbortSignal.timeout(patienceMs) });
    const found = await Promise.all(
      syncObjects
        .filter((object) => keys.has(object))
        .map(async (object) => {
          const key = keys.get(object)!;
          const { records } = await client.searchPage(crmTypeOf[object], {
            filters: [],
            query: text.trim(),
            properties: [key],
            limit: most,
          });
          return { object, records: records.map(({ id, properties }) => ({ id, key: textOrNull(properties[key]) })) };
        }),
    );
    const records: FoundRecord[] = [];
    for (const { object, records: named } of found) {
      const nameOf = ({ id, key }: Named) => ({ hubspotId: id, keys: key === null ? [] : [key] });
      const kept = await notForgotten(control, tenantId, object, named, nameOf);
      records.push(...(await control.db.tenant(tenantId, (tx) => stand(tx, tenantId, object, kept))));
    }
    return { records, names: 'asked' };
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    return { records: [], names: error.code === 'NOT_CONNECTED' ? 'notAsked' : 'failed' };
  }
}

interface Named {
  id: string;
  key: string | null;
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** What the last run made of each. */
async function stand(tx: Tx, tenantId: string, object: SyncObject, named: readonly Named[]): Promise<FoundRecord[]> {
  if (named.length === 0) return [];
  const { rows } = await sql<{ id: string; standing: string | null }>`
    select id::text as id, standing from hubspot_records
    where tenant_id = ${tenantId} and object = ${object} and id = any(${named.map(({ id }) => id)}::bigint[])`.execute(
    tx,
  );
  const standing = new Map(rows.map((row) => [row.id, row.standing]));
  return named.map(({ id, key }) => ({
    object,
    side: 'hubspot',
    id,
    key,
    outcome: standing.get(id) ?? null,
    found: 'name',
  }));
}
