/** Turns what is owed into the rows that the deliveries work through: one per record, in the order of the target's ids. */
import { sql } from 'kysely';
import { type Leg, legs, targetOf } from '../../sync/legs.ts';
import type { Tx } from '../database.ts';
import { legIs, legSql, onlyId } from '../leg-sql.ts';
import { propertyOf } from '../memory.ts';
import { targetsIn } from './held.ts';
import { outcomeOrder } from './outcomes.ts';
import { isJudged, type SettleScope, settleFields } from './scope.ts';
import { createTables, into } from './tables.ts';

export async function planDeliveries(tx: Tx, scope: SettleScope): Promise<void> {
  const { tenantId, runId, config } = scope;
  await sql`delete from deliveries where run_id = ${runId}::bigint and state = 'owed'`.execute(tx);
  await createTables(tx, 'planDeliveries');
  if (config.onLostMatch === 'clear') {
    for (const leg of legs) await findLost(tx, scope, leg);
  }
  await sql`
    insert into deliveries (tenant_id, run_id, leg, seq, kind, hubspot_id, pendo_id, changes)
    select ${tenantId}, ${runId}::bigint, leg, coalesce(base, 0) + row_number() over (partition by leg order by rank, hubspot_id, pendo_id),
           kind, hubspot_id, pendo_id, changes
    from (
      select leg, 1 as rank, 'update' as kind, hubspot_id, pendo_id,
             jsonb_object_agg(field, jsonb_build_array(held, wanted)) as changes
      from s_fields f where outcome = 'owed' and not exists (
        -- Nor is a field that was dropped, where the rest of its record was accepted.
        select from deliveries d
        where d.run_id = ${runId}::bigint and d.dropped is not null and d.leg = f.leg and d.kind = 'update'
          and d.hubspot_id = f.hubspot_id and d.pendo_id = f.pendo_id and d.dropped ? f.field)
      group by leg, hubspot_id, pendo_id
      union all
      select leg, 2, 'clear', hubspot_id, pendo_id, changes from s_clears
      union all
      select leg, 3, 'create', hubspot_id, pendo_id, changes from s_creations
    ) owed
    left join (
      -- What was refused in this run is owed in the next.
      select leg as r_leg, kind as r_kind, coalesce(hubspot_id, -1) as r_hubspot, coalesce(pendo_id, '') as r_pendo
      from deliveries where run_id = ${runId}::bigint and state = 'rejected'
    ) refused on r_leg = leg and r_kind = kind
             and r_hubspot = coalesce(hubspot_id, -1) and r_pendo = coalesce(pendo_id, '')
    left join (
      -- A run that read again keeps what it had delivered before; the new rows are numbered after them.
      select leg as l_leg, max(seq) as base from deliveries where run_id = ${runId}::bigint group by leg
    ) last on l_leg = leg
    where r_leg is null`.execute(tx);
  await noteOtherwise(tx, scope);
}

/** Whether Pendo can be cleared may be known only when it is tried: what the record is then, is known here alone. */
async function noteOtherwise(tx: Tx, { runId }: SettleScope): Promise<void> {
  await sql`
    update deliveries d set otherwise = o.otherwise
    from (
      select hubspot_id, pendo_id, jsonb_build_object(
        'outcome', (array_agg(outcome order by array_position(${outcomeOrder}, outcome)))[1],
        'fields', jsonb_object_agg(field, jsonb_strip_nulls(jsonb_build_object('outcome', outcome, 'code', code)))
      ) as otherwise
      from s_fields
      where leg = 'pull' and outcome <> 'owed'
        and hubspot_id in (select hubspot_id from s_fields where leg = 'pull' and outcome = 'owed' and wanted = 'null')
      group by 1, 2
    ) o
    where d.run_id = ${runId}::bigint and d.leg = 'pull' and d.kind = 'update' and d.state = 'owed'
      and d.hubspot_id = o.hubspot_id and d.pendo_id = o.pendo_id`.execute(tx);
}

/** Targets that we durably wrote to, and whose match is gone: everything of ours that still holds something is cleared. */
async function findLost(tx: Tx, scope: SettleScope, leg: Leg): Promise<void> {
  const { tenantId, object } = scope;
  const fields = settleFields(scope)
    .filter((field) => field.leg === leg && field.clearable)
    .map((field) => field.field);
  if (fields.length === 0) return;
  const { target, targetId } = legSql(leg);
  const field = propertyOf(targetsIn(scope, leg));
  await sql`
    with written as materialized (
      -- Two properties may have been written to the same field, one after the other.
      select v.${targetId} as id, array_agg(distinct ${field}) as fields
      from sent_values v cross join lateral jsonb_each(v.fields) e
      where v.tenant_id = ${tenantId} and v.object = ${object} and ${legIs(leg, 'v')}
        and ${field} = any(${fields}) and e.value -> 'v' <> 'null'
        and not exists (select from s_pairs m where m.${targetId} = v.${targetId})
        and not exists (select from s_linked l where l.${targetId} = v.${targetId})
      group by v.${targetId}
    )
    ${into('s_clears')}
    select ${leg}, ${onlyId(targetOf(leg), sql`t.id`)}, c.changes
    from written w
    join ${target} t
      on t.tenant_id = ${tenantId} and t.object = ${object} and t.id = w.id
    left join s_keys k on t.key_state = 'ok' and k.match_key = t.match_key
    cross join lateral (
      select jsonb_object_agg(h.key, jsonb_build_array(h.value, null)) as changes
      from jsonb_each(t.holds) h where h.key = any(w.fields) and h.value <> 'null'
    ) c
    where c.changes is not null and ${isJudged(scope, targetOf(leg), sql`t.id`)}
      and (t.key_state = 'blank' or (t.key_state = 'ok' and k.hn <= 1 and k.pn <= 1))`.execute(tx);
}
