/** What a person wants to see before a run writes: examples of every kind of record, and of every field's changes. */
import { type RawBuilder, sql } from 'kysely';
import { type Leg, sourceOf } from '../../sync/legs.ts';
import type { Tx } from '../database.ts';
import { legSql } from '../leg-sql.ts';
import type { MatchCounts } from './outcomes.ts';
import type { SettleScope } from './scope.ts';
import { createTables, into, outcomesOf } from './tables.ts';

export interface FieldPreview {
  leg: Leg;
  field: string;
  changes: number;
  cleared: number;
  zeroed: number;
  samples: { hubspotId: string | null; pendoId: string | null; from: unknown; to: unknown }[];
}

export interface Preview {
  match: MatchCounts & { nearMisses: number };
  examples: {
    nearMisses: { hubspotId: string; hubspotKey: string; pendoId: string; pendoKey: string }[];
    ambiguous: { key: string; hubspotIds: string[]; pendoIds: string[] }[];
    unmatchedHubspot: { id: string; key: string }[];
    unmatchedPendo: { id: string; key: string }[];
    blankHubspot: string[];
  };
  fields: FieldPreview[];
  creations: Record<Leg, number>;
  clears: Record<Leg, number>;
}

const shown = 10;
/** Of a value in a sample, in bytes: two hundred fields have a thousand of them. */
export const longestSample = 500;
/** Records of one side that are looked at for examples of one look-alike key. */
const looked = 100;

/**
 * Pairs of keys that differ and look the same, where at least one of the two has no partner (the other may have one, or be
 * ambiguous). Counted by groups of equal loose keys, for pairs grow with the square of a group. (Two equal keys are no such
 * pair: both have their match, or are ambiguous.)
 */
export async function countNearMisses(tx: Tx, { tenantId, object }: SettleScope): Promise<number> {
  await createTables(tx, 'countNearMisses');
  const alone = sql`(s.outcome in ('unmatched', 'owed') and s.partner is null)`;
  const sourceIn = (leg: Leg, condition: RawBuilder<unknown>) => sql`
    select coalesce(r.loose_key, r.fold_key) as loose_key, ${sourceOf(leg)} as side, ${alone} as alone
    from ${legSql(leg).source} r join ${outcomesOf(leg)} s on s.id = r.id
    where r.tenant_id = ${tenantId} and r.object = ${object} and r.key_state = 'ok' and ${condition}`;
  const ofAlone = sql`coalesce(r.loose_key, r.fold_key) in (select loose_key from lonely)`;
  await sql`
    with lonely as materialized (
      select distinct loose_key from (${sourceIn('pull', alone)} union all ${sourceIn('push', alone)}) r
    )
    ${into('s_near')}
    select loose_key, h::bigint * p - (h - h_alone)::bigint * (p - p_alone)
    from (
      select loose_key,
             count(*) filter (where side = 'hubspot') as h, count(*) filter (where side = 'hubspot' and alone) as h_alone,
             count(*) filter (where side = 'pendo') as p, count(*) filter (where side = 'pendo' and alone) as p_alone
      from (${sourceIn('pull', ofAlone)} union all ${sourceIn('push', ofAlone)}) r
      group by loose_key
    ) g
    where (h_alone > 0 and p > 0) or (p_alone > 0 and h > 0)`.execute(tx);
  const { rows } = await sql<{ n: string }>`select coalesce(sum(pairs), 0) as n from s_near`.execute(tx);
  return Number(rows[0]?.n ?? 0);
}

/** The first pairs of the first groups. */
async function showNearMisses(tx: Tx, { tenantId, object }: SettleScope): Promise<Preview['examples']['nearMisses']> {
  const alone = (s: 'sh' | 'sp') =>
    sql`(${sql.ref(`${s}.outcome`)} in ('unmatched', 'owed') and ${sql.ref(`${s}.partner`)} is null)`;
  const { rows } = await sql<Preview['examples']['nearMisses'][number]>`
    with groups as materialized (select loose_key from s_near order by loose_key limit ${shown}),
    h as materialized (
      select * from (
        select r.id, r.match_key, coalesce(r.loose_key, r.fold_key) as loose_key,
               row_number() over (partition by coalesce(r.loose_key, r.fold_key) order by r.id) as no
        from hubspot_records r
        where r.tenant_id = ${tenantId} and r.object = ${object} and r.key_state = 'ok'
          and coalesce(r.loose_key, r.fold_key) in (select loose_key from groups)) n where no <= ${looked}
    ), p as materialized (
      select * from (
        select r.id, r.match_key, coalesce(r.loose_key, r.fold_key) as loose_key,
               row_number() over (partition by coalesce(r.loose_key, r.fold_key) order by r.id) as no
        from pendo_records r
        where r.tenant_id = ${tenantId} and r.object = ${object} and r.key_state = 'ok'
          and coalesce(r.loose_key, r.fold_key) in (select loose_key from groups)) n where no <= ${looked}
    )
    select h.id::text as "hubspotId", h.match_key as "hubspotKey", p.id as "pendoId", p.match_key as "pendoKey"
    from h join p using (loose_key) join s_outcomes_pull sh on sh.id = h.id join s_outcomes_push sp on sp.id = p.id
    where (${alone('sh')} or ${alone('sp')})
    order by h.id, p.id limit ${shown}`.execute(tx);
  return rows;
}

export async function describeRun(tx: Tx, scope: SettleScope, match: Preview['match']): Promise<Preview> {
  const { tenantId, object } = scope;
  const ambiguous = await sql<Preview['examples']['ambiguous'][number]>`
    select k.match_key as key,
      array(select id::text from hubspot_records h where h.tenant_id = ${tenantId} and h.object = ${object}
              and h.key_state = 'ok' and h.match_key = k.match_key order by id limit ${shown}) as "hubspotIds",
      array(select id from pendo_records p where p.tenant_id = ${tenantId} and p.object = ${object}
              and p.key_state = 'ok' and p.match_key = k.match_key order by id limit ${shown}) as "pendoIds"
    from s_keys k where k.hn > 1 or k.pn > 1 order by k.match_key limit ${shown}`.execute(tx);
  const unmatched = async (leg: Leg): Promise<{ id: string; key: string }[]> => {
    const { rows } = await sql<{ id: string; key: string }>`
      select g.id::text as id, g.match_key as key from ${outcomesOf(leg)} s
      join ${legSql(leg).source} g on g.tenant_id = ${tenantId} and g.object = ${object} and g.id = s.id
      where s.outcome = 'unmatched' order by g.id limit ${shown}`.execute(tx);
    return rows;
  };
  const blank = await sql<{ id: string }>`
    select id::text as id from s_outcomes_pull where outcome = 'blank' order by s_outcomes_pull.id limit ${shown}`.execute(
    tx,
  );
  const fields = await sql<FieldPreview>`
    select leg, field, count(*)::int as changes,
           (count(*) filter (where wanted = 'null' and held <> 'null'))::int as cleared,
           (count(*) filter (where wanted = '"0"' and held not in ('null', '"0"')))::int as zeroed,
           (select jsonb_agg(jsonb_build_object('hubspotId', x.hubspot_id::text, 'pendoId', x.pendo_id, 'from', cut_values(x.held, ${longestSample}), 'to', cut_values(x.wanted, ${longestSample})))
            from (select * from s_fields y where y.outcome = 'owed' and y.leg = f.leg and y.field = f.field
                  order by hubspot_id limit 5) x) as samples
    from s_fields f where outcome = 'owed' group by leg, field order by leg, field`.execute(tx);
  const tally = async (table: 's_creations' | 's_clears'): Promise<Record<Leg, number>> => {
    const { rows } = await sql<{ leg: Leg; n: number }>`
      select leg, count(*)::int as n from ${sql.table(table)} group by leg`.execute(tx);
    return { pull: 0, push: 0, ...Object.fromEntries(rows.map((row) => [row.leg, row.n])) };
  };
  return {
    match,
    examples: {
      nearMisses: await showNearMisses(tx, scope),
      ambiguous: ambiguous.rows,
      unmatchedHubspot: await unmatched('pull'),
      unmatchedPendo: await unmatched('push'),
      blankHubspot: blank.rows.map((row) => row.id),
    },
    fields: fields.rows,
    creations: await tally('s_creations'),
    clears: await tally('s_clears'),
  };
}
