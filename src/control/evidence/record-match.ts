/** Who a record belongs to: by the rules of the last run, over the keys as they were last read. */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { idsThatLookLike } from '../../db/mirror/looks-like.ts';
import type { SyncConfig } from '../../sync/config.ts';
import type { SyncRef } from '../../sync/refs.ts';
import type { StoredRow } from './record-fields.ts';
import type { MatchState } from './record-words.ts';

export type Side = 'hubspot' | 'pendo';

export interface Match {
  state: MatchState;
  key: string | null;
  partnerId: string | null;
  /** The others that hold the same key, up to twenty-one on each side. */
  sharedWith: { hubspot: string[]; pendo: string[] };
  /** Records of the other side whose keys look the same and differ. */
  nearMisses: string[];
}

const nobody = { partnerId: null, sharedWith: { hubspot: [], pendo: [] }, nearMisses: [] };

export const otherSide = (side: Side): Side => (side === 'hubspot' ? 'pendo' : 'hubspot');

export async function findMatch(
  tx: Tx,
  scope: SyncRef,
  side: Side,
  own: StoredRow | undefined,
  { secondaryEmails }: Pick<SyncConfig, 'secondaryEmails'>,
): Promise<Match> {
  if (own === undefined) return { state: 'unknown', key: null, ...nobody };
  const key = own.match_key;
  if (own.key_state !== 'ok') {
    return { state: own.key_state === 'invalid' ? 'invalidKey' : own.key_state, key, ...nobody };
  }
  const other = otherSide(side);
  const sameKey = sql`m.match_key = ${key}`;
  const sharedWith = {
    hubspot: await holders(tx, scope, 'hubspot', sameKey),
    pendo: await holders(tx, scope, 'pendo', sameKey),
  };
  if (sharedWith.hubspot.length > 1 || sharedWith.pendo.length > 1) {
    return { state: 'ambiguous', key, partnerId: null, sharedWith, nearMisses: [] };
  }
  const partner = sharedWith[other][0];
  if (partner !== undefined) return { state: 'matched', key, partnerId: partner, sharedWith, nearMisses: [] };
  if (secondaryEmails) {
    const linked = await linkedTo(tx, scope, side, own.id);
    const back = linked.length === 1 ? await linkedTo(tx, scope, other, linked[0]!) : [];
    const links = { ...sharedWith, [other]: linked };
    if (back.length === 1) return { state: 'matched', key, partnerId: linked[0]!, sharedWith: links, nearMisses: [] };
    if (linked.length > 0) {
      const all = back.length > 0 ? { ...links, [side]: back } : links;
      return { state: 'ambiguous', key, partnerId: null, sharedWith: all, nearMisses: [] };
    }
  }
  const look = [own.loose_key ?? ''];
  const near = await holders(
    tx,
    scope,
    other,
    sql`coalesce(m.loose_key, m.fold_key) = ${own.loose_key}
        and m.id in ${idsThatLookLike(scope, other, { keys: look, folded: look, loose: look })}`,
  );
  return { state: 'unmatched', key, partnerId: null, sharedWith, nearMisses: near.slice(0, 20) };
}

async function holders(tx: Tx, { tenantId, object }: SyncRef, side: Side, has: RawBuilder<unknown>): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id::text as id from ${sql.table(`${side}_records`)} m
    where tenant_id = ${tenantId} and object = ${object} and key_state = 'ok' and ${has}
    order by m.id limit 21`.execute(tx);
  return rows.map((row) => row.id);
}

/** Of the other side's leftovers those that an additional e-mail links with this one, itself a leftover. */
async function linkedTo(tx: Tx, scope: SyncRef, side: Side, id: string): Promise<string[]> {
  const other = otherSide(side);
  const ownId = sql`${id}${sql.raw(side === 'hubspot' ? '::bigint' : '')}`;
  const same = (row: string): RawBuilder<unknown> =>
    sql`${sql.raw(row)}.tenant_id = m.tenant_id and ${sql.raw(row)}.object = m.object and ${sql.raw(row)}.key_state = 'ok'`;
  return holders(
    tx,
    scope,
    other,
    sql`
      exists (select from ${sql.table(`${side}_records`)} o where ${same('o')} and o.id = ${ownId}
              and ${side === 'hubspot' ? sql`m.match_key = any(o.aliases)` : sql`o.match_key = any(m.aliases)`})
      and not exists (select from ${sql.table(`${side}_records`)} t where ${same('t')} and t.match_key = m.match_key)
      and not exists (select from ${sql.table(`${other}_records`)} t where ${same('t')} and t.match_key = m.match_key and t.id <> m.id)`,
  );
}
