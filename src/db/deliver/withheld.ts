/** Values that turned out not to be writable at all: they are owed no longer, and their fields stand as kept. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { toJsonb } from '../jsonb.ts';
import { legSql } from '../leg-sql.ts';
import type { RunCounts } from '../schema.ts';
import type { DeliveryScope, WithheldDelivery } from './types.ts';

/** @param given a row may come several times, each with the fields of another reason */
export async function recordWithheld(tx: Tx, scope: DeliveryScope, given: WithheldDelivery[]): Promise<void> {
  if (given.length === 0) return;
  // An update from a list takes one entry of each row.
  const rows = [...Map.groupBy(given, ({ seq }) => seq)].map(([seq, some]) => ({
    seq,
    fields: [...new Set(some.flatMap(({ fields }) => fields))],
  }));
  const { runId, leg } = scope;
  const seqs = rows.map(({ seq }) => seq);
  const { rows: trimmed } = await sql<{ seq: string; kind: string; fields: string[] }>`
    update deliveries d set changes = d.changes - a.fields
    from jsonb_to_recordset(${toJsonb(rows)}::jsonb) as a(seq bigint, fields text[])
    where d.run_id = ${runId}::bigint and d.leg = ${leg} and d.seq = any(${seqs}::bigint[]) and d.seq = a.seq
      and d.state = 'owed'
    returning d.seq::text as seq, d.kind, a.fields`.execute(tx);
  await closeEmptied(tx, scope, trimmed);
  await countKept(
    tx,
    scope,
    trimmed.filter(({ kind }) => kind === 'update').flatMap(({ fields }) => fields),
  );
}

/** A row with nothing left is owed nothing. Its source stands as it would have without it. */
async function closeEmptied(
  tx: Tx,
  { tenantId, object, runId, leg }: DeliveryScope,
  rows: { seq: string; fields: string[] }[],
): Promise<void> {
  const { source, sourceId, targetId } = legSql(leg);
  await sql`
    with answered as (
      select * from jsonb_to_recordset(${toJsonb(rows)}::jsonb) as r(seq bigint, fields text[])
    ), closed as (
      delete from deliveries d using answered a
      where d.run_id = ${runId}::bigint and d.leg = ${leg} and d.seq = a.seq and d.state = 'owed' and d.kind <> 'create'
        and d.changes = '{}'
      returning d.kind, d.${sourceId} as id, d.${targetId}::text as partner,
        coalesce(d.otherwise ->> 'outcome', 'kept') as outcome,
        jsonb_build_object('fields', coalesce(d.otherwise -> 'fields', '{}') || (
          select jsonb_object_agg(f, '{"outcome": "kept"}'::jsonb) from unnest(a.fields) f)) as reason
    ), moved as (
      update ${source} g set standing = c.outcome, standing_reason = c.reason, standing_run = ${runId}::bigint
      from closed c
      where c.kind = 'update' and g.tenant_id = ${tenantId} and g.object = ${object} and g.id = c.id
        and (g.standing is distinct from c.outcome or g.standing_reason is distinct from c.reason)
        -- What this very run wrote, before it read again, stays written.
        and (g.standing is distinct from 'written' or g.standing_run is distinct from ${runId}::bigint)
      returning g.id, c.partner, c.outcome, c.reason
    )
    insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id, reason)
    select ${tenantId}, ${object}, ${leg}, id::text, ${runId}::bigint, outcome, partner, reason from moved
    on conflict (tenant_id, object, leg, giver_id, run_id)
      do update set outcome = excluded.outcome, partner_id = excluded.partner_id, reason = excluded.reason`.execute(tx);
}

async function countKept(tx: Tx, { runId, leg }: DeliveryScope, fields: string[]): Promise<void> {
  if (fields.length === 0) return;
  const run = await tx
    .selectFrom('runs')
    .select('counts')
    .where('id', '=', runId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const counts: RunCounts = structuredClone(run.counts);
  counts.fields ??= {};
  const ofLeg = { ...counts.fields[leg] };
  for (const field of fields) ofLeg[field] = { ...ofLeg[field], kept: (ofLeg[field]?.kept ?? 0) + 1 };
  counts.fields[leg] = ofLeg;
  await tx
    .updateTable('runs')
    .set({ counts: toJsonb(counts) })
    .where('id', '=', runId)
    .execute();
}
