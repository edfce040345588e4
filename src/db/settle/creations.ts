/**
 * What may be created, where the tenant allows it: an unmatched record with a valid key, no near miss, that is no
 * additional e-mail of anyone and meets nobody excluded or forgotten. Leaves `s_creations` (the giver's record and its values)
 * and `s_not_created` (why not).
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { type SettleScope, settleFields } from './scope.ts';

/** Keys that are looked at together. */
const keysAtOnce = 10_000;

/**
 * @param isForgotten tells of a folded key whether it belongs to somebody forgotten: only hashes of them are kept.
 * Undefined: nobody is.
 */
export async function findCreations(
  tx: Tx,
  scope: SettleScope,
  isForgotten: ((foldedKey: string) => boolean) | undefined,
): Promise<void> {
  const { tenantId, object, config } = scope;
  await sql`
    create temp table s_creations (leg text, hubspot_id bigint, pendo_id text collate "C", key text collate "C", changes jsonb)
    on commit drop`.execute(tx);
  await sql`create temp table s_not_created (giver_id text collate "C", code text) on commit drop`.execute(tx);
  if (config.create === 'none') return;
  const leg = config.create === 'hubspot' ? 'push' : 'pull';
  const fields = settleFields(scope)
    .filter((field) => field.leg === leg)
    .map((field) => field.field);
  if (fields.length === 0) return;
  const giver = leg === 'push' ? 'pendo_records' : 'hubspot_records';
  const taker = leg === 'push' ? 'hubspot_records' : 'pendo_records';
  const byEmail = leg === 'push' && config.joinKey.property === 'email';
  // Joins, for a sub-select in a list of columns is run once a row where the planner has not heard of the rows yet.
  await sql`
    create temp table s_candidates on commit drop as
    with taken as (
      select match_key, fold_key, key_state from ${sql.table(taker)}
      where tenant_id = ${tenantId} and object = ${object} and match_key is not null
    )
    select g.id, g.match_key, g.fold_key, g.gives, case
        when same.match_key is not null then 'TAKER_EXCLUDED'
        when near.fold_key is not null then 'NEAR_MISS'
        when a.alias is not null then 'ADDITIONAL_EMAIL'
        when ${byEmail} and g.match_key <> g.fold_key then 'KEY_NOT_LOWER_CASE'
        when ${leg === 'pull'} and starts_with(g.match_key, '_PENDO_T_') then 'KEY_ANONYMOUS'
      end as refused
    from ${sql.table(giver)} g
    join s_keys k on k.match_key = g.match_key and ${leg === 'push' ? sql`k.pn = 1 and k.hn = 0` : sql`k.hn = 1 and k.pn = 0`}
    left join (select distinct match_key from taken where key_state <> 'blank') same on same.match_key = g.match_key
    left join (select distinct fold_key from taken) near on near.fold_key = g.fold_key
    left join s_aliases a on a.alias = g.fold_key
    where g.tenant_id = ${tenantId} and g.object = ${object} and g.key_state = 'ok'
      and not exists (select from s_pairs m where m.${sql.raw(leg === 'push' ? 'pendo_id' : 'hubspot_id')} = g.id)
      and not exists (select from s_linked l where l.${sql.raw(leg === 'push' ? 'pendo_id' : 'hubspot_id')} = g.id)`.execute(
    tx,
  );
  if (isForgotten) await refuseForgotten(tx, isForgotten);
  await sql`
    insert into s_creations
    select ${leg}, ${leg === 'pull' ? sql`c.id::bigint` : sql`null`}, ${leg === 'push' ? sql`c.id::text` : sql`null`}, c.match_key,
           coalesce((
             select jsonb_object_agg(e.key, jsonb_build_array(null, e.value)) from jsonb_each(c.gives) e
             where e.key = any(${fields}) and jsonb_typeof(e.value) = 'string'), '{}')
    from s_candidates c where c.refused is null`.execute(tx);
  await sql`insert into s_not_created select id::text, refused from s_candidates where refused is not null`.execute(tx);
}

/** Another spelling of a forgotten name is another key, and the same person: nobody is made anew under it. */
async function refuseForgotten(tx: Tx, isForgotten: (foldedKey: string) => boolean): Promise<void> {
  await sql`create index on s_candidates (fold_key)`.execute(tx);
  let after = '';
  for (;;) {
    const { rows } = await sql<{ key: string }>`
      select distinct fold_key as key from s_candidates
      where refused is null and fold_key > ${after} order by fold_key limit ${keysAtOnce}`.execute(tx);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.key;
    const forgotten = rows.map(({ key }) => key).filter(isForgotten);
    if (forgotten.length === 0) continue;
    await sql`
      update s_candidates set refused = 'TAKER_EXCLUDED' where refused is null and fold_key = any(${forgotten})`.execute(
      tx,
    );
  }
}

/** Everybody's additional e-mails, folded as ECMAScript folds keys (under "C" alone only ASCII would be); for `findCreations`. */
export async function listAliases(tx: Tx, { tenantId, object, config }: SettleScope): Promise<void> {
  await sql`
    create temp table s_aliases on commit drop as
    select distinct lower(btrim(alias) collate "pg_c_utf8") collate "C" as alias
    from hubspot_records h cross join lateral unnest(h.aliases) as alias
    where ${config.create !== 'none'} and h.tenant_id = ${tenantId} and h.object = ${object}`.execute(tx);
}
