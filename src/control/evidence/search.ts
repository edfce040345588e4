/**
 * Finds records by whatever a person has: an id of either side, an e-mail address, a join value in any spelling, an
 * additional e-mail, or the address of a record's page. Looks at what the last runs read. Where nothing is called so, it may
 * be a name, and HubSpot is asked.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { idsThatLookLike } from '../../db/mirror/looks-like.ts';
import { type SyncObject, syncObjects } from '../../sync/config.ts';
import { foldedKey, looseKey, spellingsOf } from '../../sync/join-key.ts';
import { readDecimal } from '../../sync/numbers.ts';
import { storedId } from '../../sync/stored-id.ts';
import { hubspotName, keyNames } from '../../sync/suppressed-names.ts';
import { storableText } from '../../sync/text.ts';
import { readTypedId } from '../../sync/typed-id.ts';
import { openSuppression } from '../../vault/index.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import type { FoundRecord } from './found-record.ts';
import { type NameSearch, searchNames } from './name-search.ts';
import { readRecordAddress } from './record-address.ts';

export interface Found {
  records: FoundRecord[];
  /** Where somebody who goes by this was forgotten. */
  forgotten: SyncObject[];
  /** Whether HubSpot was asked for a name. */
  names: NameSearch;
}

/** Of each side and object. */
const most = 10;

export async function searchRecords(control: Control, caller: Caller, tenantId: string, text: string): Promise<Found> {
  const found = await searchStored(control, caller, tenantId, text);
  if (found.records.length > 0 || found.forgotten.length > 0) return { ...found, names: 'notAsked' };
  return { ...found, ...(await searchNames(control, caller, tenantId, text)) };
}

function searchStored(control: Control, caller: Caller, tenantId: string, text: string): Promise<Omit<Found, 'names'>> {
  const asked = readSearch(text);
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const records: FoundRecord[] = [];
    for (const object of syncObjects) {
      if (asked.object !== undefined && asked.object !== object) continue;
      if (asked.side !== 'pendo') records.push(...(await find(tx, tenantId, object, 'hubspot', asked)));
      if (asked.side !== 'hubspot') records.push(...(await find(tx, tenantId, object, 'pendo', asked)));
    }
    const hash = await openSuppression(tx, control.vault, tenantId);
    const hashes = hash === undefined ? [] : namesOf(asked).map(hash);
    return { records, forgotten: await forgottenIn(tx, tenantId, hashes) };
  });
}

interface Asked {
  /** What was typed, and what it may stand for. */
  texts: string[];
  side?: 'hubspot' | 'pendo';
  object?: SyncObject;
}

function readSearch(typed: string): Asked {
  const page = readRecordAddress(typed);
  if (page !== undefined) return { texts: [page.id], side: page.side, object: page.object };
  const text = typed.trim();
  const { literal, escaped } = readTypedId(text);
  // Spaces around an id may be a part of it.
  return { texts: [...new Set([literal, typed, ...(escaped === undefined ? [] : [escaped])])] };
}

async function find(
  tx: Tx,
  tenantId: string,
  object: SyncObject,
  side: 'hubspot' | 'pendo',
  { texts, side: onlyIds }: Asked,
): Promise<FoundRecord[]> {
  const table = sql.table(`${side}_records`);
  const numbers = texts.flatMap((text) => {
    const number = readDecimal(text);
    return typeof number === 'string' ? [number] : [];
  });
  const keys = distinct([...texts, ...numbers]);
  const folded = distinct(keys.map(foldedKey));
  const loose = distinct(keys.map(looseKey));
  const byId =
    side === 'pendo'
      ? sql`m.id = any(${texts.map(storedId)}::text[])`
      : sql`m.id = any(${texts.filter((text) => /^[1-9]\d{0,17}$/.test(text))}::bigint[])`;
  const byKey = sql`m.match_key = any(${keys}::text[])`;
  const byAlias =
    side === 'pendo'
      ? sql`false`
      : sql`coalesce(m.folded_aliases, m.aliases) && ${distinct([...folded, ...loose])}::text[]`;
  const byLook = sql`(m.fold_key = any(${folded}::text[]) or coalesce(m.loose_key, m.fold_key) = any(${loose}::text[]))`;
  const by: RawBuilder<unknown>[] = onlyIds === 'hubspot' ? [byId] : [byId, byKey, byAlias, byLook];
  const { rows } = await sql<FoundRecord>`
    select ${object} as object, ${side} as side, m.id::text as id, m.match_key as key,
           case when m.standing = 'written' and not coalesce(m.standing_run >= (
             select max(r.id) from runs r
             where r.tenant_id = ${tenantId} and r.object = ${object} and r.settled_at is not null and not r.dry_run and r.scope <> 'record'), false)
           then 'unchanged' else m.standing end as outcome,
           case when ${byId} then 'id' when ${byKey} then 'key' when coalesce(${byAlias}, false) then 'additionalEmail' else 'lookAlike' end as found
    from ${table} m
    where m.tenant_id = ${tenantId} and m.object = ${object} and (${sql.join(by, sql` or `)})
      and m.id in (
        select id from ${table} m where m.tenant_id = ${tenantId} and m.object = ${object} and ${byId}
        union ${idsThatLookLike({ tenantId, object }, side, { keys, folded, loose })})
    order by array_position(array['id', 'key', 'additionalEmail', 'lookAlike'],
               case when ${byId} then 'id' when ${byKey} then 'key' when coalesce(${byAlias}, false) then 'additionalEmail' else 'lookAlike' end), m.id
    limit ${most}`.execute(tx);
  return rows;
}

/** As PostgreSQL can take them. */
function distinct(texts: string[]): string[] {
  return [...new Set(texts.map(storableText))];
}

function namesOf({ texts, side }: Asked): string[] {
  const ids = side === 'pendo' ? [] : texts.filter((text) => /^\d+$/.test(text)).map(hubspotName);
  const keys =
    side === 'hubspot' ? [] : texts.flatMap((text) => [...spellingsOf(text), storedId(text)]).flatMap(keyNames);
  return [...new Set([...ids, ...keys])];
}

async function forgottenIn(tx: Tx, tenantId: string, hashes: Buffer[]): Promise<SyncObject[]> {
  if (hashes.length === 0) return [];
  const rows = await tx
    .selectFrom('suppressions')
    .select('object')
    .distinct()
    .where('tenant_id', '=', tenantId)
    .where('hash', 'in', hashes)
    .orderBy('object')
    .execute();
  return rows.map(({ object }) => object);
}
