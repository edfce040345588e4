/**
 * Field by field: what the source wants against what the target holds. Pairs whose documents are equal and that wait
 * for no confirmation are passed over by their digests; of the others only what is not simply unchanged is kept.
 */
import { sql } from 'kysely';
import { type Leg, legs } from '../../sync/legs.ts';
import type { Tx } from '../database.ts';
import { legIs, legSql, seenTarget } from '../leg-sql.ts';
import { foldMemory, forgetGone, propertyOf } from '../memory.ts';
import { whole } from '../whole.ts';
import { fieldsOf, held, type LegField, sentOf, sentValues, targetsIn } from './held.ts';
import { isJudged, type SettleScope } from './scope.ts';
import { createTables, into } from './tables.ts';

/** What the vendor stores differently is tried again when this has passed, ms. */
export const triedAgainAfter = 30 * 86_400_000;

export async function findDifferences(tx: Tx, scope: SettleScope): Promise<void> {
  await createTables(tx, 'findDifferences');
  await forgetGone(tx, scope);
  for (const leg of legs) {
    const fields = fieldsOf(scope, leg);
    if (fields.length === 0) continue;
    await foldMemory(tx, scope, leg);
    // A dry run only looks.
    if (!scope.dryRun) await confirmReadBack(tx, scope, leg);
    await compare(tx, scope, leg, fields);
  }
  await sql`create index on s_fields (leg, hubspot_id)`.execute(tx);
  await sql`analyze s_fields`.execute(tx);
}

/** What was sent and now reads back as sent is confirmed: from here on a difference is somebody else's doing. */
async function confirmReadBack(tx: Tx, scope: SettleScope, leg: Leg): Promise<void> {
  const { tenantId, object, runId, delta } = scope;
  const { target, targetId } = legSql(leg);
  // What a delta run did not read still shows what we sent, and proves nothing.
  const read = delta
    ? sql`exists (select from seen_ids e where e.run_id = ${runId}::bigint and e.id = ${seenTarget(leg, 's')})`
    : sql`true`;
  const readBack = sql`w.holds -> ${propertyOf(targetsIn(scope, leg))} = e.value -> 'v'`;
  const entries = sql`
    (select ${whole(sql`t.holds`)} as holds, s.fields offset 0) w cross join lateral jsonb_each(w.fields) e`;
  await sql`
    update sent_values s
    set fields = (
      select jsonb_object_agg(e.key, case
        when ${readBack} then (e.value - array['k', 's', 'n']) || '{"c": true}' else e.value end)
      from ${entries})
    from ${target} t
    where s.tenant_id = ${tenantId} and s.object = ${object} and ${legIs(leg, 's')}
      and s.unconfirmed
      and t.tenant_id = s.tenant_id and t.object = s.object and t.id = s.${targetId}
      and ${read}
      and exists (
        select from ${entries}
        where (e.value -> 'c') = 'false' and ${readBack})`.execute(tx);
}

async function compare(tx: Tx, scope: SettleScope, leg: Leg, fields: LegField[]): Promise<void> {
  const { tenantId, object, runId, delta, retry, opened, version, now } = scope;
  const { source, target, sourceId, targetId } = legSql(leg);
  const seen = delta
    ? sql`left join seen_ids e on e.run_id = ${runId}::bigint and e.id = ${seenTarget(leg, 'm')}`
    : sql``;
  await findDiffering(tx, scope, leg);
  await sql`
    ${into('s_fields')}
    select ${leg}, hubspot_id, pendo_id, field, held, wanted, outcome,
           case when outcome = 'invalidField' then wanted ->> 'invalid'
                when outcome = 'owed' and confirmed and sent = wanted then 'drift' end
    from (
      select *, case
          when jsonb_typeof(wanted) = 'object' then 'invalidField'
          when wanted = 'null' and nothing = 'keep' then case when held <> 'null' then 'kept' else 'unchanged' end
          when held = wanted then 'unchanged'
          when sent is distinct from wanted or confirmed then 'owed'
          -- Twice the vendor took this very value, and both times it showed the same other one: it stores it differently.
          when seen = held and (unread or not is_due) then 'altered'
          -- What a delta did not read may have been read before it could show: it stays as it stood.
          when unread and not open then 'unchanged'
          else 'owed' end as outcome
      from (
        select t.hubspot_id, t.pendo_id, f.field,
               -- A record may keep what the target holds where others of its field do not.
               case when w.value = '{"keep": true}' then 'keep' else f.nothing end as nothing,
               case when w.value = '{"keep": true}' then 'null' else w.value end as wanted,
               s.sent, s.confirmed, s.seen,
               s.accepted_at <= ${now - triedAgainAfter}::bigint or s.version is distinct from ${version}::int
                 or (${retry} and s.accepted_at <= ${opened}::bigint) as is_due,
               t.unread, t.open, ${held} as held, t.holds ? f.field as known
        from (
          select m.hubspot_id, m.pendo_id, g.gives, ${whole(sql`t.holds`)} as holds, ${whole(sql`v.fields`)} as fields,
                 ${delta ? sql`e.id is null` : sql`false`} as unread,
                 coalesce(g.standing in ('rejected', 'held', 'notReached'), false) as open
          from s_differing m
          join ${source} g on g.tenant_id = ${tenantId} and g.object = ${object} and g.id = m.${sourceId}
            and g.id = any(array(select ${sourceId} from s_differing))
          join ${target} t on t.tenant_id = ${tenantId} and t.object = ${object} and t.id = m.${targetId}
            and t.id = any(array(select ${targetId} from s_differing))
          ${sentValues(scope, leg)} and v.${targetId} = any(array(select ${targetId} from s_differing))
          ${seen}
          offset 0
        ) t
        -- A property that HubSpot left out is not known, and never a difference.
        cross join lateral jsonb_each(t.gives) w(field, value)
        join jsonb_to_recordset(${JSON.stringify(fields)}::jsonb)
          as f(field text, nothing text, target text, missing boolean) on f.field = w.field
        ${sentOf(scope, leg, sql`t.fields`)}
      ) compared
      where known
    ) judged
    where outcome <> 'unchanged'`.execute(tx);
}

/**
 * `s_differing`: the pairs to be compared. They are found without any document, for those of a large tenant are more than fits into
 * memory.
 */
async function findDiffering(tx: Tx, scope: SettleScope, leg: Leg): Promise<void> {
  const { tenantId, object } = scope;
  const { source, target, sourceId, targetId } = legSql(leg);
  await sql`drop table if exists s_differing`.execute(tx);
  await sql`
    create temp table s_differing on commit drop as
    select m.hubspot_id, m.pendo_id
    from s_pairs m
    join ${source} g on g.tenant_id = ${tenantId} and g.object = ${object} and g.id = m.${sourceId}
    join ${target} t on t.tenant_id = ${tenantId} and t.object = ${object} and t.id = m.${targetId}
    ${sentValues(scope, leg)} and v.unconfirmed
    where (g.gives_digest <> t.holds_digest or v.unconfirmed)
      and ${isJudged(scope, 'hubspot', sql`m.hubspot_id`)} and ${isJudged(scope, 'pendo', sql`m.pendo_id`)}`.execute(
    tx,
  );
}
