/** The last figures of a run: what is still open gets its outcome, and everything is counted once more. */
import { type RawBuilder, sql } from 'kysely';
import { sourceOf } from '../sync/legs.ts';
import type { RunRef } from '../sync/refs.ts';
import type { Tx } from './database.ts';
import { legSql } from './leg-sql.ts';
import type { Run } from './runs/index.ts';
import type { Leg, RunCounts } from './schema.ts';

/** Why somebody who may be created was not. */
const notCreated = { held: 'LEG_HELD', notReached: 'NOT_REACHED' } as const;

/**
 * Every record that is still owed something on this leg stands as `outcome`; who would have been created stays
 * unmatched. As ever, only transitions are written: a leg that is held day after day adds no rows.
 */
export async function closeOpen(
  tx: Tx,
  { tenantId, object, runId }: RunRef,
  leg: Leg,
  outcome: 'held' | 'notReached',
): Promise<void> {
  const { source, sourceId, targetId } = legSql(leg);
  await sql`
    with open as (
      select ${sourceId} as source, ${targetId}::text as partner,
             case when kind = 'create' then 'unmatched' else ${outcome}::text end as outcome,
             case when kind = 'create' then jsonb_build_object('code', ${notCreated[outcome]}::text) end as reason
      from deliveries where run_id = ${runId}::bigint and leg = ${leg} and state = 'owed' and kind <> 'clear'
    ), moved as (
      update ${source} g
      set standing = o.outcome, standing_reason = o.reason, standing_run = ${runId}::bigint
      from open o
      where g.tenant_id = ${tenantId} and g.object = ${object} and g.id = o.source
        and (g.standing is distinct from o.outcome or g.standing_reason is distinct from o.reason)
        -- What this very run wrote, before it read again, stays written.
        and (g.standing is distinct from 'written' or g.standing_run <> ${runId}::bigint)
      returning g.id, o.partner, o.outcome, o.reason
    )
    insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id, reason)
    select ${tenantId}, ${object}, ${leg}, id::text, ${runId}::bigint, outcome, partner, reason from moved
    on conflict (tenant_id, object, leg, giver_id, run_id)
      do update set outcome = excluded.outcome, partner_id = excluded.partner_id, reason = excluded.reason`.execute(tx);
}

/** Adds to a condition on a leg's source that only records which the run has judged count. */
export type JudgedOnly = (leg: Leg) => RawBuilder<unknown>;

/** A run of one record has judged none where one of the pair was gone. */
export function judgedOnly({ id, scope }: Pick<Run, 'id' | 'scope'>): JudgedOnly {
  if (scope !== 'record') return () => sql``;
  return (leg) => sql`
    and id = any(array(
      select x.id${sql.raw(leg === 'pull' ? '::bigint' : '')} from run_records x
      where x.run_id = ${id}::bigint and x.side = ${sourceOf(leg)}
        and not exists (select from run_records n where n.run_id = x.run_id and not n.found)))`;
}

/** Records of a leg's source by outcome, as the mirror stands; `written` counts for its own run only. */
export async function countOutcomes(
  tx: Tx,
  { tenantId, object, runId }: RunRef,
  leg: Leg,
  only: JudgedOnly,
): Promise<Record<string, number>> {
  return tally(
    tx,
    sql`
      select case when standing = 'written' and standing_run <> ${runId}::bigint then 'unchanged'
                  else coalesce(standing, 'notReached') end as name, count(*) as n
      from ${legSql(leg).source}
      where tenant_id = ${tenantId} and object = ${object} ${only(leg)} group by 1`,
  );
}

/** Of the leg's unmatched records, those that may be created by the setting and were not, by reason. */
export async function countNotCreatedAtEnd(
  tx: Tx,
  { tenantId, object }: RunRef,
  leg: Leg,
  only: JudgedOnly,
): Promise<Record<string, number>> {
  return tally(
    tx,
    sql`
      select standing_reason ->> 'code' as name, count(*) as n
      from ${legSql(leg).source}
      where tenant_id = ${tenantId} and object = ${object} and standing = 'unmatched' and standing_reason ? 'code'
        ${only(leg)} group by 1`,
  );
}

/** The same for a run that never settled: nothing is known of the records but their keys. */
export async function countUnreached(
  tx: Tx,
  { tenantId, object }: RunRef,
  leg: Leg,
  only: JudgedOnly,
): Promise<Record<string, number>> {
  return tally(
    tx,
    sql`
      select case key_state when 'ok' then 'notReached' when 'invalid' then 'invalidKey' else key_state end as name,
             count(*) as n
      from ${legSql(leg).source}
      where tenant_id = ${tenantId} and object = ${object} ${only(leg)} group by 1`,
  );
}

async function tally(tx: Tx, query: RawBuilder<unknown>): Promise<Record<string, number>> {
  const { rows } = await (query as RawBuilder<{ name: string; n: string }>).execute(tx);
  return Object.fromEntries(rows.map((row) => [row.name, Number(row.n)]));
}

export interface DeliveryCounts {
  accepted: number;
  rejected: number;
  owed: number;
  /** Of the owed, those that would be created. */
  owedCreations: number;
  cleared: number;
  created: number;
}

export async function countDeliveries(tx: Tx, runId: string, leg: Leg): Promise<DeliveryCounts> {
  const { rows } = await sql<Record<keyof DeliveryCounts, string>>`
    select count(*) filter (where state = 'accepted') as accepted, count(*) filter (where state = 'rejected') as rejected,
           count(*) filter (where state = 'owed') as owed,
           count(*) filter (where state = 'owed' and kind = 'create') as "owedCreations",
           count(*) filter (where state = 'accepted' and kind = 'clear') as cleared,
           count(*) filter (where state = 'accepted' and kind = 'create') as created
    from deliveries where run_id = ${runId}::bigint and leg = ${leg}`.execute(tx);
  const row = rows[0];
  return {
    accepted: Number(row?.accepted ?? 0),
    rejected: Number(row?.rejected ?? 0),
    owed: Number(row?.owed ?? 0),
    owedCreations: Number(row?.owedCreations ?? 0),
    cleared: Number(row?.cleared ?? 0),
    created: Number(row?.created ?? 0),
  };
}

export interface SentRows {
  rejected: number;
  /** Rows of records that the run before was not refused already. */
  fresh: { sent: number; rejected: number };
}

/**
 * Rows of both legs that a vendor answered, and those among them of records that had not been rejected when the run opened: by
 * the newest outcome before it, and for a clear, which is no outcome of its source, by the last run that delivered on its leg.
 */
export async function countSent(tx: Tx, { tenantId, object, runId }: RunRef): Promise<SentRows> {
  const { rows } = await sql<{ rejected: string; freshSent: string; freshRejected: string }>`
    with answered as (
      select leg, kind, state, hubspot_id, pendo_id,
             case when leg = 'pull' then hubspot_id::text else pendo_id end as source_id
      from deliveries where run_id = ${runId}::bigint and state in ('accepted', 'rejected')
    ), cleared_before as materialized (
      select l.leg, (
        select r.id from runs r
        where r.tenant_id = ${tenantId} and r.object = ${object} and r.id < ${runId}::bigint and not r.dry_run
          and exists (select from deliveries d
                      where d.run_id = r.id and d.leg = l.leg and d.state in ('accepted', 'rejected'))
        order by r.id desc limit 1) as run_id
      from (select distinct leg from answered where kind = 'clear') l
    ), judged as (
      select a.state, case when a.kind = 'clear' then exists (
          select from cleared_before b join deliveries d on d.run_id = b.run_id and d.leg = b.leg
          where b.leg = a.leg and d.kind = 'clear' and d.state = 'rejected'
            and case when a.leg = 'pull' then d.pendo_id = a.pendo_id else d.hubspot_id = a.hubspot_id end)
        else coalesce((
          select o.outcome = 'rejected' from outcomes o
          where o.tenant_id = ${tenantId} and o.object = ${object} and o.leg = a.leg and o.giver_id = a.source_id
            and o.run_id < ${runId}::bigint
          order by o.run_id desc limit 1), false) end as before
      from answered a
    )
    select count(*) filter (where state = 'rejected') as rejected, count(*) filter (where not before) as "freshSent",
           count(*) filter (where not before and state = 'rejected') as "freshRejected" from judged`.execute(tx);
  const row = rows[0];
  return {
    rejected: Number(row?.rejected ?? 0),
    fresh: { sent: Number(row?.freshSent ?? 0), rejected: Number(row?.freshRejected ?? 0) },
  };
}

/** Reasons of refusal with their numbers, grouped by code and property. */
export async function countRejections(
  tx: Tx,
  runId: string,
): Promise<{ leg: Leg; code: string; property: string | null; rows: number }[]> {
  const { rows } = await sql<{ leg: Leg; code: string; property: string | null; rows: number }>`
    select leg, reason ->> 'code' as code, reason ->> 'property' as property, count(*)::int as rows
    from deliveries where run_id = ${runId}::bigint and state = 'rejected'
    group by 1, 2, 3 order by 4 desc limit 50`.execute(tx);
  return rows;
}

/** Known from the deliveries alone: a run that was held and then approved closes twice. */
const ofDeliveries = ['owed', 'written', 'rejected', 'held', 'notReached'];

/**
 * What became of the owed values, per field; takes the place of `owed` in the counts of settling. A field that was dropped is
 * rejected also where the rest of its row was accepted. Who was created has fields as well; who was not has none.
 */
export async function countDeliveredFields(
  tx: Tx,
  runId: string,
  counts: RunCounts,
  open: Record<Leg, string>,
): Promise<NonNullable<RunCounts['fields']>> {
  const fields = structuredClone(counts.fields ?? {});
  for (const ofLeg of Object.values(fields)) {
    for (const field of Object.values(ofLeg)) for (const outcome of ofDeliveries) delete field[outcome];
  }
  const { rows } = await sql<{ leg: Leg; field: string; state: string; n: string }>`
    select leg, field, state, count(*) as n from (
      select d.leg, f.field, d.state
      from deliveries d cross join lateral jsonb_object_keys(d.changes) as f(field)
      where d.run_id = ${runId}::bigint and (d.kind = 'update' or (d.kind = 'create' and d.state <> 'owed'))
      union all
      select d.leg, f.field, 'rejected'
      from deliveries d cross join lateral jsonb_object_keys(d.dropped) as f(field)
      where d.run_id = ${runId}::bigint and d.kind <> 'clear' and d.dropped is not null
    ) owed group by 1, 2, 3`.execute(tx);
  for (const { leg, field, state, n } of rows) {
    const outcome = state === 'accepted' ? 'written' : state === 'rejected' ? 'rejected' : open[leg];
    fields[leg] ??= {};
    const ofLeg = fields[leg] as Record<string, Record<string, number>>;
    ofLeg[field] = { ...ofLeg[field], [outcome]: Number(n) };
  }
  return fields;
}
