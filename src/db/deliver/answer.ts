/** What a delivery records when the vendor has answered. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { toJsonb } from '../jsonb.ts';
import { idColumn, legSql, mirrorOf } from '../leg-sql.ts';
import { recordAccepted } from './accepted.ts';
import type { AcceptedDelivery, DeliveryScope, RejectedDelivery } from './types.ts';

/** Records one answered batch: the target's values, what was sent, the outcomes. One transaction with the fence. */
export async function recordAnswer(
  tx: Tx,
  scope: DeliveryScope,
  at: number,
  answer: { accepted: AcceptedDelivery[]; rejected: RejectedDelivery[] },
): Promise<void> {
  await lockPairs(
    tx,
    scope,
    [...answer.accepted, ...answer.rejected].map((row) => row.seq),
  );
  if (answer.accepted.length > 0) await recordAccepted(tx, scope, at, answer.accepted);
  if (answer.rejected.length > 0) await recordRejected(tx, scope, answer.rejected);
}

/**
 * Both legs answer about the same pairs at the same time: everybody takes HubSpot's rows in one order, and with each its partner. Only
 * a row of Pendo's without one is locked by itself.
 */
async function lockPairs(tx: Tx, { tenantId, object, runId, leg }: DeliveryScope, seqs: string[]): Promise<void> {
  for (const side of ['hubspot', 'pendo'] as const) {
    await sql`
      select 1 from ${mirrorOf(side)} r
      where r.tenant_id = ${tenantId} and r.object = ${object} and r.id = any(array(
        select d.${idColumn(side)} from deliveries d
        where d.run_id = ${runId}::bigint and d.leg = ${leg} and d.seq = any(${seqs}::bigint[])
          ${side === 'pendo' ? sql`and d.hubspot_id is null` : sql``}))
      order by r.id for no key update`.execute(tx);
  }
}

async function recordRejected(
  tx: Tx,
  { tenantId, object, runId, leg }: DeliveryScope,
  rejected: RejectedDelivery[],
): Promise<void> {
  const { source, sourceId, targetId } = legSql(leg);
  const seqs = rejected.map((row) => row.seq);
  const rows = toJsonb(
    rejected.map(({ seq, code, property, message, vendorText }) => ({
      seq,
      reason: {
        code,
        ...(property === undefined ? {} : { property }),
        message,
        ...(vendorText ? { vendorText: vendorText.slice(0, 500) } : {}),
      },
    })),
  );
  await sql`
    with closed as (
      update deliveries d set state = 'rejected', reason = r.reason
      from jsonb_to_recordset(${rows}::jsonb) as r(seq bigint, reason jsonb)
      where d.run_id = ${runId}::bigint and d.leg = ${leg} and d.seq = any(${seqs}::bigint[]) and d.seq = r.seq
        and d.state = 'owed'
      returning d.kind, d.hubspot_id, d.pendo_id, d.reason
    ), moved as (
      update ${source} g set standing = 'rejected', standing_reason = c.reason, standing_run = ${runId}::bigint
      from closed c
      where c.kind <> 'clear' and g.tenant_id = ${tenantId} and g.object = ${object}
        and g.id = any(array(select ${sourceId} from closed)) and g.id = c.${sourceId}
        -- Any field accepted, before this run read again: the record is written.
        and (g.standing is distinct from 'written' or g.standing_run is distinct from ${runId}::bigint)
      returning g.id, c.${targetId}::text as partner, c.reason
    )
    insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id, reason)
    select ${tenantId}, ${object}, ${leg}, id::text, ${runId}::bigint, 'rejected', partner, reason from moved
    on conflict (tenant_id, object, leg, giver_id, run_id)
      do update set outcome = 'rejected', partner_id = excluded.partner_id, reason = excluded.reason`.execute(tx);
}
