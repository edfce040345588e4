/** Keys that may be in one pair of hands: a key, those that it was made by, and those that it made, and so on. */
import { sql } from 'kysely';
import type { Caller } from '../caller.ts';
import type { Control } from '../control.ts';

/** Actors, as the trail has them, and how each is related to the caller. Without those it has no key: itself alone. */
export type Kin = ReadonlyMap<string, 'self' | 'maker' | 'made'>;

/** Keys of the installation and of tenants may have made each other, so this is asked outside the tenant's wall. */
export async function kinOf(control: Pick<Control, 'db'>, { actor }: Caller): Promise<Kin> {
  const rows = await control.db.platform(async (tx) => {
    const found = await sql<{ actor: string; relation: 'maker' | 'made' }>`
      with recursive makers as (
        select created_by from api_keys where 'key:' || id = ${actor}
        union
        select k.created_by from api_keys k join makers m on 'key:' || k.id = m.created_by
      ), made as (
        select id from api_keys where created_by = ${actor}
        union
        select k.id from api_keys k join made m on k.created_by = 'key:' || m.id
      )
      select created_by as actor, 'maker' as relation from makers where created_by like 'key:%'
      union all select 'key:' || id, 'made' from made`.execute(tx);
    return found.rows;
  });
  return new Map([[actor, 'self'], ...rows.map((row) => [row.actor, row.relation] as const)]);
}
