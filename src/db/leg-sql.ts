/** The source and the target of a leg, as SQL names them. */
import { type RawBuilder, sql } from 'kysely';
import { type Leg, sourceOf, targetOf, type Vendor } from '../sync/legs.ts';

type Sql = RawBuilder<unknown>;

export interface LegSql {
  /** The mirror's table of the side. */
  source: Sql;
  target: Sql;
  /** The column that names a record of the side in pairs, deliveries and what was sent. */
  sourceId: Sql;
  targetId: Sql;
}

export function legSql(leg: Leg): LegSql {
  return {
    source: mirrorOf(sourceOf(leg)),
    target: mirrorOf(targetOf(leg)),
    sourceId: idColumn(sourceOf(leg)),
    targetId: idColumn(targetOf(leg)),
  };
}

export const mirrorOf = (side: Vendor): Sql => sql.table(`${side}_records`);
export const idColumn = (side: Vendor): Sql => sql.raw(`${side}_id`);

/** The columns `hubspot_id, pendo_id` of a record that has no partner. */
export function onlyId(side: Vendor, id: Sql): Sql {
  return side === 'hubspot' ? sql`${id}::bigint, null::text` : sql`null::bigint, ${id}::text`;
}

/** Written out, so that the index of one leg's rows serves. */
export const legIs = (leg: Leg, row: string): Sql => sql.raw(`${row}.leg = '${leg}'`);

/** The name in `seen_ids` (`seenName`) of the target of a row with the columns `hubspot_id` and `pendo_id`. */
export function seenTarget(leg: Leg, row?: string): Sql {
  const side = targetOf(leg);
  return sql.raw(`'${side}:' || ${row === undefined ? '' : `${row}.`}${side}_id`);
}
