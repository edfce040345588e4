/**
 * What may be created, where the tenant allows it: an unmatched record with a valid key, no near miss, that is no
 * additional e-mail of anyone and meets nobody excluded or forgotten. Text is folded where it is read and never here.
 */
import { type RawBuilder, sql } from 'kysely';
import { type Leg, sourceOf } from '../../sync/legs.ts';
import { keyWouldNotMatch, type NotCreated } from '../../sync/not-created.ts';
import type { Tx } from '../database.ts';
import { legIs, legSql, onlyId } from '../leg-sql.ts';
import { isJudged, type SettleScope, settleFields } from './scope.ts';
import { createTables, into } from './tables.ts';

/** Keys that are looked at together. */
const keysAtOnce = 10_000;

/**
 * @param isForgotten whether a key belongs, in any spelling, to somebody forgotten: only hashes of them are kept.
 * Undefined: nobody is.
 */
export async function findCreations(
  tx: Tx,
  scope: SettleScope,
  isForgotten: ((key: string) => boolean) | undefined,
): Promise<void> {
  const { config } = scope;
  await createTables(tx, 'findCreations');
  if (config.create === 'none') return;
  const leg = config.create === 'hubspot' ? 'push' : 'pull';
  const fields = settleFields(scope)
    .filter((field) => field.leg === leg)
    .map((field) => field.field);
  await listCandidates(tx, scope, leg, fields.length > 0);
  await refuseByKey(tx, scope, leg, isForgotten);
  await sql`
    ${into('s_creations')}
    select ${leg}, ${onlyId(sourceOf(leg), sql`c.id`)}, c.match_key,
           coalesce((
             select jsonb_object_agg(e.key, jsonb_build_array(null, e.value)) from jsonb_each(c.gives) e
             where e.key = any(${fields}) and jsonb_typeof(e.value) = 'string'), '{}')
    from s_candidates c where c.refused is null`.execute(tx);
  await sql`${into('s_not_created')} select id::text, refused from s_candidates where refused is not null`.execute(tx);
}

/** `s_candidates`: the source's unmatched records, with the first reason that is known from what is stored. */
async function listCandidates(tx: Tx, scope: SettleScope, leg: Leg, mapped: boolean): Promise<void> {
  const { tenantId, object, configVersion } = scope;
  const { source, target, sourceId } = legSql(leg);
  const aliasesKnown = await listAliases(tx, scope);
  await sql`
    delete from filed_elsewhere f
    where f.tenant_id = ${tenantId} and f.object = ${object} and (f.config_version <> ${configVersion} or (
      ${!scope.delta} and f.leg = ${leg} and not exists (
        select from ${source} g
        where g.tenant_id = f.tenant_id and g.object = f.object
          and g.id = ${leg === 'push' ? sql`f.source_id` : sql`(case when f.leg = 'pull' then f.source_id::bigint end)`})))`.execute(
    tx,
  );
  // Joins, for a sub-select in a list of columns is run once a row where the planner has not heard of the rows yet.
  await sql`
    create temp table s_candidates on commit drop as
    with held as (
      select fold_key, coalesce(loose_key, fold_key) as loose_key, key_state from ${target}
      where tenant_id = ${tenantId} and object = ${object} and match_key is not null
    )
    select g.id, g.match_key, g.gives, ${leg === 'pull' ? sql`coalesce(g.spelled_key, g.match_key)` : sql`g.match_key`} as spelling, case
        when not ${mapped} then 'NOTHING_MAPPED'
        when barred.fold_key is not null then 'TAKER_EXCLUDED'
        when near.loose_key is not null then 'NEAR_MISS'
        when a.alias is not null then 'ADDITIONAL_EMAIL'
        when f.key is not null then 'FILED_ELSEWHERE'
        when not ${aliasesKnown} then 'ADDITIONAL_EMAILS_UNKNOWN'
      end as refused
    from ${source} g
    join s_keys k on k.match_key = g.match_key and ${leg === 'push' ? sql`k.pn = 1 and k.hn = 0` : sql`k.hn = 1 and k.pn = 0`}
    left join (select distinct fold_key from held where key_state = 'excluded') barred on barred.fold_key = g.fold_key
    left join (select distinct loose_key from held where key_state = 'ok') near
      on near.loose_key = coalesce(g.loose_key, g.fold_key)
    left join s_aliases a on a.alias = g.fold_key
    left join filed_elsewhere f
      on f.tenant_id = ${tenantId} and f.object = ${object} and f.leg = ${leg} and f.source_id = g.id::text and f.key = g.match_key
    where g.tenant_id = ${tenantId} and g.object = ${object} and g.key_state = 'ok'
      and not exists (select from s_pairs m where m.${sourceId} = g.id)
      and not exists (select from s_linked l where l.${sourceId} = g.id)
      and not ${madeUnread(scope, leg)}
      and ${isJudged(scope, sourceOf(leg), sql`g.id`)}`.execute(tx);
  await sql`create index on s_candidates (match_key)`.execute(tx);
}

/**
 * A delta reads of Pendo who visited, and nobody has visited as a record that we made: until a full run has read it, the
 * evidence says that it is there. Of HubSpot a delta reads what was modified, and so what we made.
 */
function madeUnread({ tenantId, object, delta }: SettleScope, leg: Leg): RawBuilder<boolean> {
  if (!delta || leg !== 'pull') return sql`false`;
  return sql`exists (
    select from outcomes o
    where o.tenant_id = ${tenantId} and o.object = ${object} and ${legIs(leg, 'o')} and o.giver_id = g.id::text
      and o.outcome = 'written' and o.partner_id in (g.match_key, g.spelled_key))`;
}

/** What only the text of a key says, and its hash: whether what is created would match, and whether it is somebody forgotten. */
async function refuseByKey(
  tx: Tx,
  { config, plan }: SettleScope,
  leg: Leg,
  isForgotten: ((key: string) => boolean) | undefined,
): Promise<void> {
  const target = { leg, folding: config.keyFolding, joinKey: plan.joinKey };
  const refusal = (key: string, spelling: string): NotCreated | undefined =>
    isForgotten?.(key) ? 'TAKER_EXCLUDED' : keyWouldNotMatch(spelling, target);
  let after = '';
  for (;;) {
    const { rows } = await sql<{ key: string; spelling: string }>`
      select match_key as key, spelling from s_candidates
      where match_key > ${after} and (refused is null or refused = 'ADDITIONAL_EMAILS_UNKNOWN')
      order by match_key limit ${keysAtOnce}`.execute(tx);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.key;
    const refused = rows.flatMap(({ key, spelling }) => {
      const code = refusal(key, spelling);
      return code === undefined ? [] : [{ key, code }];
    });
    if (refused.length === 0) continue;
    await sql`
      update s_candidates c set refused = r.code
      from jsonb_to_recordset(${JSON.stringify(refused)}::jsonb) as r(key text, code text)
      where c.match_key = r.key`.execute(tx);
  }
}

/**
 * `s_aliases`: everybody's additional e-mails, folded as keys are.
 *
 * @returns whether they are known of every contact.
 */
async function listAliases(tx: Tx, { tenantId, object }: SettleScope): Promise<boolean> {
  await sql`create temp table s_aliases (alias text collate "C") on commit drop`.execute(tx);
  if (object !== 'visitor') return true;
  await sql`
    insert into s_aliases
    select distinct alias
    from hubspot_records h cross join lateral unnest(coalesce(h.folded_aliases, h.aliases)) as alias
    where h.tenant_id = ${tenantId} and h.object = ${object}`.execute(tx);
  const { rows } = await sql<{ known: boolean }>`
    select not exists (
      select from hubspot_records where tenant_id = ${tenantId} and object = ${object} and aliases is null) as known`.execute(
    tx,
  );
  return rows[0]?.known ?? true;
}

/** Per leg and code: who may be created by the setting, and is not. */
export async function countNotCreated(
  tx: Tx,
  { config }: SettleScope,
): Promise<Partial<Record<Leg, Record<string, number>>>> {
  const { rows } = await sql<{ code: string; n: string }>`
    select code, count(*) as n from s_not_created group by code`.execute(tx);
  if (rows.length === 0) return {};
  const leg = config.create === 'hubspot' ? 'push' : 'pull';
  return { [leg]: Object.fromEntries(rows.map(({ code, n }) => [code, Number(n)])) };
}
