/** The figures that the guards judge: per field, values that would be lost, and how many held values there are to lose. */
import { sql } from 'kysely';
import { type Leg, legs } from '../../sync/legs.ts';
import type { Tx } from '../database.ts';
import { legSql } from '../leg-sql.ts';
import type { HeldLeg } from '../schema.ts';
import { fieldsOf, held, type LegField, sentOf, sentValues } from './held.ts';
import { longestSample } from './preview.ts';
import type { SettleScope } from './scope.ts';
import { createTables, into } from './tables.ts';

export interface FieldLoss {
  leg: Leg;
  field: string;
  lost: number;
  something: number;
  samples: NonNullable<HeldLeg['samples']>;
}

/** Only fields that would lose more than `floor` values: counting what is held costs a scan. */
export async function countLosses(tx: Tx, scope: SettleScope, floor: number): Promise<FieldLoss[]> {
  const fields = legs.flatMap((leg) => fieldsOf(scope, leg));
  await createTables(tx, 'countLosses');
  await sql`
    ${into('s_losses')}
    select c.leg, c.hubspot_id, c.pendo_id, c.field, c.held, c.wanted
    from (
      select leg, hubspot_id, pendo_id, field, held, wanted from s_fields where outcome = 'owed'
      union all
      select c.leg, c.hubspot_id, c.pendo_id, e.key, e.value -> 0, e.value -> 1
      from s_clears c cross join lateral jsonb_each(c.changes) e
    ) c
    join jsonb_to_recordset(${JSON.stringify(fields)}::jsonb)
      as f(leg text, field text, zero text, guard_zero boolean) using (leg, field)
    where c.held <> 'null' and not coalesce(c.held = to_jsonb(f.zero), false)
      and (c.wanted = 'null' or (f.guard_zero and c.wanted = to_jsonb(f.zero)))`.execute(tx);
  const { rows } = await sql<{ leg: Leg; field: string; lost: string; samples: FieldLoss['samples'] }>`
    select leg, field, count(*) as lost, (
      select jsonb_agg(jsonb_build_object('hubspotId', x.hubspot_id::text, 'pendoId', x.pendo_id, 'field', x.field,
                                          'from', cut_values(x.held, ${longestSample}), 'to', cut_values(x.wanted, ${longestSample})))
      from (select * from s_losses y where y.leg = l.leg and y.field = l.field order by hubspot_id, pendo_id limit 5) x) as samples
    from s_losses l group by leg, field having count(*) > ${floor}`.execute(tx);
  const losses: FieldLoss[] = [];
  for (const row of rows) {
    const field = fields.find((each) => each.leg === row.leg && each.field === row.field);
    if (!field) continue;
    losses.push({
      leg: row.leg,
      field: row.field,
      lost: Number(row.lost),
      something: await countHeld(tx, scope, field),
      samples: row.samples,
    });
  }
  return losses;
}

/** What the pairs hold, and what is to be cleared where a match was lost: the lost are counted among both. */
async function countHeld(tx: Tx, scope: SettleScope, field: LegField): Promise<number> {
  const { tenantId, object } = scope;
  const { leg } = field;
  const { target, targetId } = legSql(leg);
  const { rows } = await sql<{ n: string }>`
    select (
      select count(*) from s_pairs m
      join ${target} t on t.tenant_id = ${tenantId} and t.object = ${object} and t.id = m.${targetId}
      cross join (select ${field.field}::text as field, ${field.target}::text as target, ${field.missing}::boolean as missing) f
      ${sentValues(scope, leg)}
      ${sentOf(scope, leg)}
      where ${held} <> 'null' and not coalesce(${held} = to_jsonb(${field.zero}::text), false)
    ) + (
      select count(*) from s_clears c
      where c.leg = ${leg} and c.changes ? ${field.field}::text
        and not coalesce(c.changes -> ${field.field}::text -> 0 = to_jsonb(${field.zero}::text), false)
    ) as n`.execute(tx);
  return Number(rows[0]?.n ?? 0);
}
