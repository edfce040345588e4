/** What a delivery takes from its list. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { DeliveryScope, OwedRow } from './types.ts';

/**
 * The next rows of the list: at most `rows` of them, and no more after those that together hold `weight` characters, since a
 * value may have 60,000. `whole`: nothing is left behind them.
 */
export async function nextOwed(
  tx: Tx,
  { tenantId, object, runId, leg }: DeliveryScope,
  after: string,
  most: { rows: number; weight: number },
): Promise<{ rows: OwedRow[]; whole: boolean }> {
  const { rows } = await sql<OwedRow & { left: string }>`
    with listed as (
      select *, length(changes::text) as weight from deliveries
      where run_id = ${runId}::bigint and leg = ${leg} and state = 'owed' and seq > ${after}::bigint
      order by seq limit ${most.rows}
    ), weighed as (
      select *, sum(weight) over (order by seq) - weight as before, count(*) over () as left from listed
    )
    select d.seq::text as seq, d.kind, d.hubspot_id::text as "hubspotId", d.pendo_id as "pendoId", d.changes, d.weight, d.asked, d.left,
           case when d.kind = 'create' and d.leg = 'pull' then (
                  select coalesce(h.spelled_key, h.match_key) from hubspot_records h
                  where h.tenant_id = ${tenantId} and h.object = ${object} and h.id = d.hubspot_id)
                when d.kind = 'create' then d.pendo_id end as key
    from weighed d where d.before < ${most.weight} order by d.seq`.execute(tx);
  const left = Number(rows[0]?.left ?? 0);
  return { rows, whole: rows.length === left && left < most.rows };
}
