/** Accepted rows: the target's values, what was sent, the outcomes. All of it works on one temporary table, what this batch had taken. */
import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../database.ts';
import { toJsonb } from '../jsonb.ts';
import { legIs, legSql, seenTarget } from '../leg-sql.ts';
import { remembered } from '../memory.ts';
import { whole } from '../whole.ts';
import type { AcceptedDelivery, DeliveryScope } from './types.ts';

const columnList = 'seq bigint, kind text, hubspot_id bigint, pendo_id text collate "C", fields jsonb, sent jsonb';
const columns = sql.raw(columnList);
/**
 * Kept on its connection, since a batch is short and making a table is not. Behind a pooler the connection outlives the process, and
 * another version of Crosswalk may have made its own there: one with other columns has another name.
 */
const taken = sql.raw(`s_accepted_${createHash('sha256').update(columnList).digest('hex').slice(0, 8)}`);

export async function recordAccepted(
  tx: Tx,
  scope: DeliveryScope,
  at: number,
  accepted: AcceptedDelivery[],
): Promise<void> {
  await closeAccepted(tx, scope, at, accepted);
  await noteHeld(tx, scope);
  if (!scope.forgets) await rememberSent(tx, scope);
  if (accepted.some((row) => row.kind === 'clear')) await forgetSent(tx, scope);
  await recordWritten(tx, scope);
  await sql`delete from ${taken}`.execute(tx);
}

/** Leaves the table: what was taken, once, with what was sent. */
async function closeAccepted(tx: Tx, scope: DeliveryScope, at: number, accepted: AcceptedDelivery[]): Promise<void> {
  const { runId, leg, targets = {} } = scope;
  const seqs = accepted.map((row) => row.seq);
  const rows = toJsonb(
    accepted.map(({ seq, fields, createdId, leftOut }) => ({
      seq,
      fields,
      left_out: leftOut,
      created: createdId ?? null,
      sent: Object.fromEntries(
        Object.entries(fields).map(([field, v]) => [field, { v, at, c: false, f: targets[field] }]),
      ),
    })),
  );
  const { targetId } = legSql(leg);
  await sql`
    create temp table if not exists ${taken} (${columns}) on commit delete rows`.execute(tx);
  // A field that was dropped for the run was not sent: it is no part of what was accepted.
  await sql`
    with answered as (
      select * from jsonb_to_recordset(${rows}::jsonb) as r(seq bigint, fields jsonb, sent jsonb, created text, left_out text[])
    ), closed as (
      update deliveries d set state = 'accepted',
        changes = case when a.left_out is null then d.changes else d.changes - a.left_out end,
        dropped = case when a.left_out is not null then d.changes - array(select jsonb_object_keys(a.fields)) end,
        ${targetId} = coalesce(d.${targetId}, a.created${sql.raw(leg === 'push' ? '::bigint' : '')})
      from answered a
      where d.run_id = ${runId}::bigint and d.leg = ${leg} and d.seq = any(${seqs}::bigint[]) and d.seq = a.seq
        and d.state = 'owed'
      returning d.seq, d.kind, d.hubspot_id, d.pendo_id, d.changes, a.fields, a.sent
    )
    insert into ${taken}
    select seq, kind, hubspot_id, pendo_id, fields, ${withSeen(scope)} from closed`.execute(tx);
}

/** The mirror holds what the target holds now. */
async function noteHeld(tx: Tx, { tenantId, object, leg }: DeliveryScope): Promise<void> {
  const { source, target, sourceId, targetId } = legSql(leg);
  // The digest follows where the target now holds just what the source gives; else the next read makes it good.
  await sql`
    update ${target} t
    set holds = t.holds || a.fields,
        holds_digest = case when t.holds || a.fields = g.gives then g.gives_digest else '\\x00'::bytea end
    from ${taken} a left join (
      select id, gives, gives_digest from ${source}
      where tenant_id = ${tenantId} and object = ${object} and id = any(array(select ${sourceId} from ${taken}))
    ) g on g.id = a.${sourceId}
    where t.tenant_id = ${tenantId} and t.object = ${object} and t.id = any(array(select ${targetId} from ${taken}))
      and t.id = a.${targetId}`.execute(tx);
}

/** What other sources sent there before moves along with the target. */
async function rememberSent(tx: Tx, scope: DeliveryScope): Promise<void> {
  const { tenantId, object, leg } = scope;
  const { targetId } = legSql(leg);
  await sql`
    with other as (
      delete from sent_values v
      where v.tenant_id = ${tenantId} and v.object = ${object} and ${legIs(leg, 'v')}
        and v.${targetId} = any(array(select ${targetId} from ${taken} where kind <> 'clear' and sent <> '{}'))
        and not exists (
          select from ${taken} a where a.hubspot_id = v.hubspot_id and a.pendo_id = v.pendo_id)
      returning v.${targetId} as target, v.fields
    ), before as (
      select target, jsonb_object_agg(e.key, e.value order by (e.value -> 'at')::bigint) as fields
      from other cross join lateral jsonb_each(fields) e group by target
    )
    insert into sent_values as v (tenant_id, object, leg, hubspot_id, pendo_id, fields)
    select ${tenantId}, ${object}, ${leg}, a.hubspot_id, a.pendo_id,
           case when b.target is null then a.sent else ${remembered(scope, sql`b.fields`, sql`a.sent`)} end
    from ${taken} a left join before b on b.target = a.${targetId}
    where a.kind <> 'clear' and a.hubspot_id is not null and a.pendo_id is not null and a.sent <> '{}'
    on conflict (tenant_id, object, leg, hubspot_id, pendo_id)
      do update set fields = ${remembered(scope, sql`v.fields`, sql`excluded.fields`)}, gone_run = null`.execute(tx);
}

async function recordWritten(tx: Tx, { tenantId, object, runId, leg }: DeliveryScope): Promise<void> {
  const { source, sourceId, targetId } = legSql(leg);
  await sql`
    with moved as (
      update ${source} g set standing = 'written', standing_reason = null, standing_run = ${runId}::bigint
      from ${taken} a
      where a.kind <> 'clear' and g.tenant_id = ${tenantId} and g.object = ${object}
        and g.id = any(array(select ${sourceId} from ${taken})) and g.id = a.${sourceId}
      returning g.id, a.${targetId}::text as partner
    )
    insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id)
    select ${tenantId}, ${object}, ${leg}, id::text, ${runId}::bigint, 'written', partner from moved
    on conflict (tenant_id, object, leg, giver_id, run_id)
      do update set outcome = 'written', partner_id = excluded.partner_id, reason = null`.execute(tx);
}

/**
 * What was sent (`sent`), with what was read of the target before (`s`). In a run that reads not all, only what was read by it counts as read:
 * the rest is sent as if for the first time (`u`).
 */
function withSeen({ runId, leg }: DeliveryScope): RawBuilder<unknown> {
  const unread = sql`
    (select r.scope <> 'full' from runs r where r.id = ${runId}::bigint)
      and not exists (select from seen_ids e where e.run_id = ${runId}::bigint and e.id = ${seenTarget(leg)})`;
  return sql`
    case when not (${unread}) and not jsonb_path_exists(changes, '$.*[0] ? (@ != null)') then sent
         else (
           select coalesce(jsonb_object_agg(e.key, e.value || case
                    when ${unread} then '{"u": true}'
                    when w.changes -> e.key -> 0 <> 'null' then jsonb_build_object('s', w.changes -> e.key -> 0)
                    else '{}' end), '{}')
           from (select ${whole(sql`changes`)} as changes, sent offset 0) w cross join lateral jsonb_each(w.sent) e) end`;
}

/** A cleared target has lost its match: whatever source wrote there once, it holds nothing of ours any more. */
async function forgetSent(tx: Tx, { tenantId, object, leg }: DeliveryScope): Promise<void> {
  const { targetId } = legSql(leg);
  await sql`
    update sent_values v set fields = v.fields || (
      select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(a.sent) e where v.fields ? e.key)
    from ${taken} a
    where a.kind = 'clear' and v.tenant_id = ${tenantId} and v.object = ${object} and ${legIs(leg, 'v')}
      and v.${targetId} = any(array(select ${targetId} from ${taken} where kind = 'clear'))
      and v.${targetId} = a.${targetId}`.execute(tx);
}
