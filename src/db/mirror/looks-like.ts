/** Finds records of a mirror by what their keys are, or look like. */
import { type RawBuilder, sql } from 'kysely';
import type { SyncRef } from '../../sync/refs.ts';

export interface Looks {
  /** Keys as they are, folded, and without what nobody sees. */
  keys: readonly string[];
  folded: readonly string[];
  loose: readonly string[];
}

type Side = 'hubspot' | 'pendo';

/**
 * Ids of the records that may have such a key, folded key, loose key or additional address, and of some others perhaps: each
 * part has an index (migration 0031), which one condition that joins them would not use.
 */
export function idsThatLookLike({ tenantId, object }: SyncRef, side: Side, looks: Looks): RawBuilder<unknown> {
  const folded = [...new Set([...looks.folded, ...looks.loose])];
  const keys = [...new Set([...looks.keys, ...folded])];
  const among = (condition: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    select id from ${sql.table(`${side}_records`)}
    where tenant_id = ${tenantId} and object = ${object} and ${condition}`;
  const parts = [
    among(sql`match_key = any(${keys}::text[])`),
    among(sql`fold_key = any(${folded}::text[]) and fold_key is distinct from match_key`),
    among(sql`loose_key = any(${looks.loose}::text[]) and loose_key is not null`),
  ];
  if (side === 'hubspot') {
    parts.push(among(sql`cardinality(aliases) > 0 and coalesce(folded_aliases, aliases) && ${folded}::text[]`));
  }
  return sql`(${sql.join(parts, sql` union `)})`;
}
