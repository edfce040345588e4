/**
 * Field by field: what the giver wants against what the taker holds. Pairs whose documents are equal and that wait
 * for no confirmation are passed over by their digests; of the others only what is not simply unchanged is kept, in
 * `s_fields` (leg, pair, field, held, wanted, outcome, code). `owed` is what a delivery must write.
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { fieldsOf, held, type LegField, sentOf, sentValues } from './held.ts';
import type { SettleScope } from './scope.ts';

export async function findDifferences(tx: Tx, scope: SettleScope): Promise<void> {
  await sql`
    create temp table s_fields (
      leg text, hubspot_id bigint, pendo_id text collate "C", field text,
      held jsonb, wanted jsonb, outcome text, code text
    ) on commit drop`.execute(tx);
  for (const leg of ['pull', 'push'] as const) {
    const fields = fieldsOf(scope, leg);
    if (fields.length === 0) continue;
    await confirmReadBack(tx, scope, leg);
    await compare(tx, scope, leg, fields);
  }
  await sql`create index on s_fields (leg, hubspot_id)`.execute(tx);
  await sql`analyze s_fields`.execute(tx);
}

/** What was sent and now reads back as sent is confirmed: from here on a difference is somebody else's doing. */
async function confirmReadBack(
  tx: Tx,
  { tenantId, object, runId, delta }: SettleScope,
  leg: 'pull' | 'push',
): Promise<void> {
  const holder = leg === 'pull' ? sql`p.holds` : sql`h.holds`;
  const takerName = leg === 'pull' ? sql`'pendo:' || s.pendo_id` : sql`'hubspot:' || s.hubspot_id`;
  // What a delta run did not read still shows what we sent, and proves nothing.
  const read = delta
    ? sql`exists (select from seen_ids e where e.run_id = ${runId}::bigint and e.id = ${takerName})`
    : sql`true`;
  await sql`
    update sent_values s
    set fields = (
      select jsonb_object_agg(f.key, case
        when ${holder} -> f.key = f.value -> 'v' then f.value || '{"c": true}' else f.value end)
      from jsonb_each(s.fields) f)
    from hubspot_records h, pendo_records p
    where s.tenant_id = ${tenantId} and s.object = ${object} and s.leg = ${leg}
      and jsonb_path_exists(s.fields, '$.*.c ? (@ == false)')
      and h.tenant_id = s.tenant_id and h.object = s.object and h.id = s.hubspot_id
      and p.tenant_id = s.tenant_id and p.object = s.object and p.id = s.pendo_id
      and exists (select from s_pairs m where m.hubspot_id = s.hubspot_id and m.pendo_id = s.pendo_id)
      and ${read}
      and exists (
        select from jsonb_each(s.fields) f
        where (f.value -> 'c') = 'false' and ${holder} -> f.key = f.value -> 'v')`.execute(tx);
}

async function compare(tx: Tx, scope: SettleScope, leg: 'pull' | 'push', fields: LegField[]): Promise<void> {
  const { tenantId, object } = scope;
  await sql`
    insert into s_fields
    select ${leg}, hubspot_id, pendo_id, field, held, wanted, outcome,
           case when outcome = 'invalidField' then wanted ->> 'invalid'
                when outcome = 'owed' and confirmed and sent = wanted then 'drift' end
    from (
      select *, case
          when jsonb_typeof(wanted) = 'object' then 'invalidField'
          when wanted = 'null' and nothing = 'keep' then case when held <> 'null' then 'kept' else 'unchanged' end
          when held = wanted then 'unchanged'
          -- The vendor took this very value and shows another one: it stores it differently.
          when sent = wanted and not confirmed and not fresh then 'altered'
          else 'owed' end as outcome
      from (
        select m.hubspot_id, m.pendo_id, f.field, f.nothing,
               g.gives -> f.field as wanted,
               s.sent, s.confirmed, s.fresh,
               ${held} as held,
               t.holds ? f.field as known
        from s_pairs m
        join ${sql.raw(leg === 'pull' ? 'hubspot_records' : 'pendo_records')} g
          on g.tenant_id = ${tenantId} and g.object = ${object} and g.id = m.${sql.raw(leg === 'pull' ? 'hubspot_id' : 'pendo_id')}
        join ${sql.raw(leg === 'pull' ? 'pendo_records' : 'hubspot_records')} t
          on t.tenant_id = ${tenantId} and t.object = ${object} and t.id = m.${sql.raw(leg === 'pull' ? 'pendo_id' : 'hubspot_id')}
        ${sentValues(scope, leg)}
        cross join jsonb_to_recordset(${JSON.stringify(fields)}::jsonb) as f(field text, nothing text, taker text)
        ${sentOf(scope, leg)}
        where (g.gives_digest <> t.holds_digest or jsonb_path_exists(v.fields, '$.*.c ? (@ == false)'))
          -- A property that HubSpot left out is not known, and never a difference.
          and g.gives ? f.field
      ) compared
      where known
    ) judged
    where outcome <> 'unchanged'`.execute(tx);
}
