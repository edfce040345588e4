/**
 * Every source's record gets its outcome for this run. Only transitions are written: a record whose outcome is
 * the same as before costs nothing. What is owed stays open here; the delivery, or the close of the run, says what became of it.
 */
import { sql } from 'kysely';
import { type Leg, legs, sourceOf } from '../../sync/legs.ts';
import type { Tx } from '../database.ts';
import { legSql } from '../leg-sql.ts';
import { isJudged, type SettleScope } from './scope.ts';
import { createTables, into, outcomesOf } from './tables.ts';

/** Of fields, the first that applies to their record. */
export const outcomeOrder = sql`array['owed', 'invalidField', 'altered', 'kept']`;

export async function judgeRecords(tx: Tx, scope: SettleScope): Promise<void> {
  const { tenantId, object } = scope;
  await createTables(tx, 'judgeRecords');
  for (const leg of legs) {
    const { source, sourceId, targetId } = legSql(leg);
    await sql`
      ${into(`s_outcomes_${leg}`)}
      select g.id, case
          when g.key_state = 'invalid' then 'invalidKey'
          when g.key_state <> 'ok' then g.key_state
          when k.hn > 1 or k.pn > 1 or l.id is not null then 'ambiguous'
          when m.${sourceId} is not null then coalesce(d.outcome, 'unchanged')
          when c.id is not null then 'owed'
          else 'unmatched' end as outcome,
        m.${targetId}::text as partner,
        case when m.${sourceId} is not null then d.reason
             when n.code is not null then jsonb_build_object('code', n.code) end as reason
      from ${source} g
      left join s_keys k on g.key_state = 'ok' and k.match_key = g.match_key
      left join s_pairs m on m.${sourceId} = g.id
      left join (select distinct ${sourceId} as id from s_linked) l on l.id = g.id
      left join (
        select ${sourceId} as id,
               (array_agg(outcome order by array_position(${outcomeOrder}, outcome)))[1] as outcome,
               jsonb_build_object('fields', jsonb_object_agg(field, jsonb_strip_nulls(jsonb_build_object('outcome', outcome, 'code', code)))
                 filter (where outcome <> 'owed' or code is not null)) as reason
        from s_fields where leg = ${leg} group by 1
      ) d on d.id = g.id
      left join (select ${sourceId} as id from s_creations where leg = ${leg}) c on c.id = g.id
      left join s_not_created n on n.source_id = g.id::text and k.hn + k.pn = 1
      where g.tenant_id = ${tenantId} and g.object = ${object}
        and ${isJudged(scope, sourceOf(leg), sql`g.id`)}`.execute(tx);
    await sql`analyze ${outcomesOf(leg)}`.execute(tx);
  }
}

/** Writes the transitions of every record that is not open. */
export async function recordTransitions(tx: Tx, { tenantId, object, runId }: SettleScope): Promise<void> {
  for (const leg of legs) {
    const { source } = legSql(leg);
    await sql`
      with moved as (
        update ${source} g
        set standing = s.outcome, standing_reason = s.reason, standing_run = ${runId}::bigint
        from ${outcomesOf(leg)} s
        where g.tenant_id = ${tenantId} and g.object = ${object} and g.id = s.id and s.outcome <> 'owed'
          and (case when g.standing = 'written' and g.standing_run <> ${runId}::bigint then 'unchanged' else g.standing end is distinct from s.outcome
               or (g.standing <> 'written' and g.standing_reason is distinct from s.reason))
          -- What became of a record in this very run, before it settled again, comes before what its fields say now.
          -- (A record without an outcome yet must pass: null is no answer here.)
          and (g.standing is null or g.standing not in ('written', 'rejected') or g.standing_run <> ${runId}::bigint
               or s.outcome not in ('invalidField', 'altered', 'kept', 'unchanged'))
        returning g.id, s.outcome, s.partner, s.reason
      )
      insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id, reason)
      select ${tenantId}, ${object}, ${leg}, id::text, ${runId}::bigint, outcome, partner, reason from moved
      on conflict (tenant_id, object, leg, giver_id, run_id)
        do update set outcome = excluded.outcome, partner_id = excluded.partner_id, reason = excluded.reason`.execute(
      tx,
    );
  }
}

/** Records by outcome, as judged; `owed` is still open. */
export async function countJudged(tx: Tx): Promise<Record<Leg, Record<string, number>>> {
  const counts: Record<Leg, Record<string, number>> = { pull: {}, push: {} };
  for (const leg of legs) {
    const { rows } = await sql<{ outcome: string; n: string }>`
      select outcome, count(*) as n from ${outcomesOf(leg)} group by outcome`.execute(tx);
    for (const row of rows) counts[leg][row.outcome] = Number(row.n);
  }
  return counts;
}

/** Values by outcome, per leg and field. `unchanged` is the rest and not listed. */
export async function countFields(tx: Tx): Promise<Record<Leg, Record<string, Record<string, number>>>> {
  const counts: Record<Leg, Record<string, Record<string, number>>> = { pull: {}, push: {} };
  const { rows } = await sql<{ leg: Leg; field: string; outcome: string; n: string; drift: string }>`
    select leg, field, outcome, count(*) as n, count(*) filter (where code = 'drift') as drift
    from s_fields group by leg, field, outcome`.execute(tx);
  for (const row of rows) {
    counts[row.leg][row.field] ??= {};
    const field = counts[row.leg][row.field] as Record<string, number>;
    field[row.outcome] = Number(row.n);
    if (Number(row.drift) > 0) field.drift = Number(row.drift);
  }
  return counts;
}

export interface MatchCounts {
  matched: number;
  matchedByAlias: number;
  ambiguousHubspot: number;
  ambiguousPendo: number;
  unmatchedHubspot: number;
  unmatchedPendo: number;
  blankHubspot: number;
  blankPendo: number;
  invalidHubspot: number;
  invalidPendo: number;
  excludedHubspot: number;
  excludedPendo: number;
}

/** From the outcomes of both sides: pull judges HubSpot's records, push Pendo's. */
export async function countMatches(tx: Tx, scope: Pick<SettleScope, 'record'>): Promise<MatchCounts> {
  const { rows } = await sql<{ matched: string; alias: string }>`
    select count(*) as matched, count(*) filter (where by_alias) as alias from s_pairs
    where ${isJudged(scope, 'hubspot', sql`hubspot_id`)} and ${isJudged(scope, 'pendo', sql`pendo_id`)}`.execute(tx);
  const sides = await sql<Record<string, string> & { leg: Leg }>`
    select leg, count(*) filter (where outcome = 'ambiguous') as ambiguous,
           count(*) filter (where outcome = 'unmatched' or (outcome = 'owed' and partner is null)) as unmatched,
           count(*) filter (where outcome = 'blank') as blank,
           count(*) filter (where outcome = 'invalidKey') as invalid,
           count(*) filter (where outcome = 'excluded') as excluded
    from (select 'pull' as leg, outcome, partner from s_outcomes_pull
          union all select 'push', outcome, partner from s_outcomes_push) s group by leg`.execute(tx);
  const side = (leg: Leg, name: string): number => Number(sides.rows.find((row) => row.leg === leg)?.[name] ?? 0);
  return {
    matched: Number(rows[0]?.matched ?? 0),
    matchedByAlias: Number(rows[0]?.alias ?? 0),
    ambiguousHubspot: side('pull', 'ambiguous'),
    ambiguousPendo: side('push', 'ambiguous'),
    unmatchedHubspot: side('pull', 'unmatched'),
    unmatchedPendo: side('push', 'unmatched'),
    blankHubspot: side('pull', 'blank'),
    blankPendo: side('push', 'blank'),
    invalidHubspot: side('pull', 'invalid'),
    invalidPendo: side('push', 'invalid'),
    excludedHubspot: side('pull', 'excluded'),
    excludedPendo: side('push', 'excluded'),
  };
}
