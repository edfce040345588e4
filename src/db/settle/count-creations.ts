/** How many each leg would create, with examples: for the guard. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { HeldLeg, Leg } from '../schema.ts';
import type { SettleScope } from './scope.ts';

export interface LegCreations {
  leg: Leg;
  creations: number;
  samples: NonNullable<HeldLeg['samples']>;
}

export async function countCreations(tx: Tx, { config }: SettleScope): Promise<LegCreations[]> {
  const { rows } = await sql<LegCreations>`
    select leg, count(*)::int as creations, (
      select jsonb_agg(jsonb_build_object('hubspotId', x.hubspot_id::text, 'pendoId', x.pendo_id,
                                          'field', ${config.joinKey.property}::text, 'from', null, 'to', x.key))
      from (select * from s_creations y where y.leg = c.leg order by hubspot_id, pendo_id limit 5) x) as samples
    from s_creations c group by leg`.execute(tx);
  return rows;
}
