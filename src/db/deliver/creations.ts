/** What is remembered of creations beside their answers: that HubSpot was asked, and which keys it does not take. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { legSql } from '../leg-sql.ts';
import type { DeliveryScope } from './types.ts';

/** From here on, a record with exactly this key may be our own work. */
export async function noteAsked(tx: Tx, { runId, leg }: DeliveryScope, seqs: string[]): Promise<void> {
  await sql`
    update deliveries set asked = true
    where run_id = ${runId}::bigint and leg = ${leg} and seq = any(${seqs}::bigint[]) and state = 'owed'`.execute(tx);
}

export interface NotCreatedDelivery {
  seq: string;
  code: string;
}

/** Nothing was sent for these: they are owed nothing in this run, and their source stays unmatched for this reason. */
export async function recordNotCreated(
  tx: Tx,
  { tenantId, object, runId, leg }: DeliveryScope,
  rows: NotCreatedDelivery[],
): Promise<void> {
  if (rows.length === 0) return;
  const { source, sourceId } = legSql(leg);
  await sql`
    with answered as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(seq bigint, code text)
    ), closed as (
      delete from deliveries d using answered a
      where d.run_id = ${runId}::bigint and d.leg = ${leg} and d.seq = a.seq and d.state = 'owed' and d.kind = 'create'
      returning d.${sourceId} as id, jsonb_build_object('code', a.code) as reason
    ), moved as (
      update ${source} g set standing = 'unmatched', standing_reason = c.reason, standing_run = ${runId}::bigint
      from closed c
      where g.tenant_id = ${tenantId} and g.object = ${object} and g.id = c.id
        and (g.standing is distinct from 'unmatched' or g.standing_reason is distinct from c.reason)
      returning g.id, c.reason
    )
    insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, reason)
    select ${tenantId}, ${object}, ${leg}, id::text, ${runId}::bigint, 'unmatched', reason from moved
    on conflict (tenant_id, object, leg, giver_id, run_id)
      do update set outcome = 'unmatched', partner_id = null, reason = excluded.reason`.execute(tx);
}

/** Keys that the vendor files under other records: with this configuration they are not tried again. */
export async function noteFiledElsewhere(
  tx: Tx,
  { tenantId, object, runId, leg }: DeliveryScope,
  seqs: string[],
): Promise<void> {
  if (seqs.length === 0) return;
  const { source, sourceId } = legSql(leg);
  await sql`
    insert into filed_elsewhere (tenant_id, object, leg, source_id, key, config_version)
    select ${tenantId}, ${object}, ${leg}, g.id::text, g.match_key, r.config_version
    from deliveries d
    join runs r on r.id = d.run_id
    join ${source} g
      on g.tenant_id = ${tenantId} and g.object = ${object} and g.id = d.${sourceId}
    where d.run_id = ${runId}::bigint and d.leg = ${leg} and d.seq = any(${seqs}::bigint[]) and g.match_key is not null
    on conflict (tenant_id, object, leg, source_id)
      do update set key = excluded.key, config_version = excluded.config_version`.execute(tx);
}
