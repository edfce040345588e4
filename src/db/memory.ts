/**
 * What the vendors took from us, remembered of each target record (docs/semantics.md, section 4): one row of `sent_values` for
 * a target and leg, whoever the source was. `hubspot_id` and `pendo_id` are the pair of the last acceptance. `fields` is keyed
 * by the HubSpot property:
 *
 * - `v` the value, canonical; `at` when it was accepted, epoch ms; `c` whether it was read back since;
 * - `f` pull: the field of Pendo that it went to, with its group;
 * - `k` how often this value was accepted without having been read back, from 2 on; then also `s`, what was read instead before
 *   the last time (left out: nothing), and `n`, the version of the mapping that sent it.
 */
import { type RawBuilder, sql } from 'kysely';
import { type Leg, legs } from '../sync/legs.ts';
import type { SyncRef } from '../sync/refs.ts';
import type { Tx } from './database.ts';
import { legIs, legSql } from './leg-sql.ts';
import { whole } from './whole.ts';

/** The property that an entry `e` (`key`, `value`) is about in the present mapping; null: none. */
export function propertyOf(targets: Readonly<Record<string, string>>): RawBuilder<string | null> {
  const properties = Object.fromEntries(Object.entries(targets).map(([property, target]) => [target, property]));
  return sql`case when e.value ? 'f' then ${JSON.stringify(properties)}::jsonb ->> (e.value ->> 'f') else e.key end`;
}

/**
 * Leaves one row for each target. The release before this one keeps rows of pairs: of several, the newest word on each field
 * counts.
 */
export async function foldMemory(tx: Tx, { tenantId, object }: SyncRef, leg: Leg): Promise<void> {
  const { targetId } = legSql(leg);
  const of = (row: string): RawBuilder<unknown> =>
    sql`${sql.raw(row)}.tenant_id = ${tenantId} and ${sql.raw(row)}.object = ${object} and ${legIs(leg, row)}`;
  await sql`
    with several as materialized (
      select v.${targetId} as target from sent_values v where ${of('v')} group by v.${targetId} having count(*) > 1
    ), gone as (
      delete from sent_values v using several s where ${of('v')} and v.${targetId} = s.target
      returning v.${targetId} as target, v.hubspot_id, v.pendo_id, v.fields
    ), entries as (
      select target, hubspot_id, pendo_id, e.key, e.value, (e.value -> 'at')::bigint as at
      from gone cross join lateral jsonb_each(fields) e
    )
    insert into sent_values as v (tenant_id, object, leg, hubspot_id, pendo_id, fields)
    select ${tenantId}, ${object}, ${leg}, (array_agg(hubspot_id order by at desc))[1], (array_agg(pendo_id order by at desc))[1],
           jsonb_object_agg(key, value order by at)
    from entries group by target
    on conflict (tenant_id, object, leg, hubspot_id, pendo_id) do update set fields = excluded.fields`.execute(tx);
}

/**
 * `before`, and over it what was accepted now (`sent`, entries with `s` where something was read). The same value once more,
 * not read back since the last time: what was read instead is kept. An entry of another property that went to the same field
 * of Pendo says nothing any more.
 */
export function remembered(
  { runId, leg }: { runId: string; leg: Leg },
  before: RawBuilder<unknown>,
  sent: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const old = sql`(w.before -> e.key)`;
  const once = sql`(e.value - array['s', 'u'])`;
  const replaced =
    leg === 'push'
      ? sql`${before}`
      : sql`
          (${before} - array(
            select o.key from jsonb_each(${before}) o
            where not ${sent} ? o.key and exists (
              select from jsonb_each(${sent}) n where n.value ->> 'f' = o.value ->> 'f')))`;
  return sql`
    ${replaced} || (
      select jsonb_object_agg(e.key, case
        when ${old} -> 'v' = e.value -> 'v' and ${old} -> 'c' = 'false' and not e.value ? 'u'
             and coalesce(${old} ->> 'f', e.value ->> 'f') is not distinct from e.value ->> 'f'
        then (e.value - 'u') || jsonb_build_object(
               'k', coalesce((${old} -> 'k')::int, 1) + 1,
               'n', (select r.config_version from runs r where r.id = ${runId}::bigint))
        else ${once} end)
      from (select ${whole(before)} as before, ${sent} as sent offset 0) w cross join lateral jsonb_each(w.sent) e)`;
}

/** Fields that are made anew, or are about to be: what was sent to others of their name says nothing of them. */
export async function forgetFields(
  tx: Tx,
  { tenantId, object }: SyncRef,
  leg: Leg,
  /** Push: properties. Pull: fields of Pendo, with their group. */
  fields: readonly string[],
  targets: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (fields.length === 0) return;
  const named = sql`
    coalesce(e.value ->> 'f', ${JSON.stringify(targets)}::jsonb ->> e.key, e.key) = any(${[...fields]}::text[])`;
  await sql`
    update sent_values v set fields = v.fields - array(select e.key from jsonb_each(v.fields) e where ${named})
    where v.tenant_id = ${tenantId} and v.object = ${object} and ${legIs(leg, 'v')}
      and exists (select from jsonb_each(v.fields) e where ${named})`.execute(tx);
}

/** The statement that notes, in the one that deletes records which a page proves gone (`gone`), that their memory may go. */
export function noteGone({ tenantId, object }: SyncRef, runId: string, leg: Leg): RawBuilder<unknown> {
  return sql`
    update sent_values v set gone_run = ${runId}::bigint
    where v.tenant_id = ${tenantId} and v.object = ${object} and ${legIs(leg, 'v')}
      and v.${legSql(leg).targetId} = any(array(select id from gone))`;
}

/**
 * A target that a run read to be gone has no memory any more once that run has ended well; what is there under its name now was
 * made anew. A run that was held, cancelled or failed may have misread: what it missed and this one has keeps its memory.
 */
export async function forgetGone(
  tx: Tx,
  { tenantId, object, runId, delta }: SyncRef & { runId: string; delta: boolean },
): Promise<void> {
  for (const leg of legs) {
    const { target, targetId } = legSql(leg);
    const gone = sql`v.tenant_id = ${tenantId} and v.object = ${object} and ${legIs(leg, 'v')} and v.gone_run is not null`;
    await sql`
      delete from sent_values v using runs r
      where ${gone} and r.id = v.gone_run and r.id <> ${runId}::bigint and r.state in ('succeeded', 'degraded')
        and not (r.dry_run and r.held <> '[]')`.execute(tx);
    await sql`
      update sent_values v set gone_run = null
      where ${gone} and v.${targetId} = any(array(
        select t.id from ${target} t
        where t.tenant_id = ${tenantId} and t.object = ${object}
          and t.id = any(array(select v.${targetId} from sent_values v where ${gone}))))`.execute(tx);
    // This run has not found it either: it is gone once this one has ended well. A delta proves nothing.
    if (delta) continue;
    await sql`
      update sent_values v set gone_run = ${runId}::bigint
      where ${gone} and v.gone_run <> ${runId}::bigint`.execute(tx);
  }
}
