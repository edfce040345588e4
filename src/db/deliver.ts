/** What a delivery takes from its list, and what it puts back when the vendor has answered. */
import { type RawBuilder, sql } from 'kysely';
import type { SyncObject } from '../sync/config.ts';
import type { Tx } from './database.ts';
import { toJsonb } from './jsonb.ts';
import { idColumn, legIs, legSql, mirrorOf, seenTarget } from './leg-sql.ts';
import { remembered } from './memory.ts';
import type { Leg } from './schema.ts';

export interface OwedRow {
  seq: string;
  kind: 'update' | 'create' | 'clear';
  hubspotId: string | null;
  pendoId: string | null;
  /** For what is created: the join value as the source has it. */
  key: string | null;
  /** For what is created: an attempt before this one found nobody under the key, and may have created it. */
  asked: boolean;
  /** field -> [held, wanted] */
  changes: Record<string, [unknown, string | null]>;
  /** Characters of `changes` as JSON. */
  weight: number;
  /** Fields that were owed and are not in `changes` any more: dropped for the run. */
  leftOut?: string[];
}

export interface DeliveryScope {
  tenantId: string;
  object: SyncObject;
  runId: string;
  leg: Leg;
  /** Pull: the field of Pendo, with its group, that a property goes to. What was sent is remembered of that one. */
  targets?: Readonly<Record<string, string>> | undefined;
  /** The tenant was changed since it was sent: nothing of it is remembered beyond this run. */
  forgets?: boolean | undefined;
}

/**
 * The next rows of the list: at most `rows` of them, and no more after those that together hold `weight` characters, since a
 * value may have 60,000. `whole`: nothing is left behind them.
 */
export async function nextOwed(
  tx: Tx,
  { tenantId, object, runId, leg }: DeliveryScope,
  after: string,
  most: { rows: number; weight: number },
): Promise<{ rows: OwedRow[]; whole: boolean }> {
  const { rows } = await sql<OwedRow & { left: string }>`
    with listed as (
      select *, length(changes::text) as weight from deliveries
      where run_id = ${runId}::bigint and leg = ${leg} and state = 'owed' and seq > ${after}::bigint
      order by seq limit ${most.rows}
    ), weighed as (
      select *, sum(weight) over (order by seq) - weight as before, count(*) over () as left from listed
    )
    select d.seq::text as seq, d.kind, d.hubspot_id::text as "hubspotId", d.pendo_id as "pendoId", d.changes, d.weight, d.asked, d.left,
           case when d.kind = 'create' and d.leg = 'pull' then (
                  select coalesce(h.spelled_key, h.match_key) from hubspot_records h
                  where h.tenant_id = ${tenantId} and h.object = ${object} and h.id = d.hubspot_id)
                when d.kind = 'create' then d.pendo_id end as key
    from weighed d where d.before < ${most.weight} order by d.seq`.execute(tx);
  const left = Number(rows[0]?.left ?? 0);
  return { rows, whole: rows.length === left && left < most.rows };
}

export interface AcceptedDelivery {
  seq: string;
  kind: OwedRow['kind'];
  /** Values that the vendor took, canonical; a field that was dropped for the run is not in it. */
  fields: Record<string, string | null>;
  /** The target's id where it was created only now. */
  createdId?: string | undefined;
  leftOut?: string[] | undefined;
}

export interface RejectedDelivery {
  seq: string;
  code: string;
  property?: string | undefined;
  /** Our words, which hold no values. */
  message: string;
  /** The vendor's own, where it said anything. */
  vendorText?: string | undefined;
}

/** Records one answered batch: the target's values, what was sent, the outcomes. One transaction with the fence. */
export async function recordAnswer(
  tx: Tx,
  scope: DeliveryScope,
  at: number,
  answer: { accepted: AcceptedDelivery[]; rejected: RejectedDelivery[] },
): Promise<void> {
  await lockPairs(
    tx,
    scope,
    [...answer.accepted, ...answer.rejected].map((row) => row.seq),
  );
  if (answer.accepted.length > 0) await recordAccepted(tx, scope, at, answer.accepted);
  if (answer.rejected.length > 0) await recordRejected(tx, scope, answer.rejected);
}

/** Both legs answer about the same pairs at the same time: everybody takes the rows in one order. */
async function lockPairs(tx: Tx, { tenantId, object, runId, leg }: DeliveryScope, seqs: string[]): Promise<void> {
  for (const side of ['hubspot', 'pendo'] as const) {
    await sql`
      select 1 from ${mirrorOf(side)} r
      where r.tenant_id = ${tenantId} and r.object = ${object} and r.id = any(array(
        select d.${idColumn(side)} from deliveries d
        where d.run_id = ${runId}::bigint and d.leg = ${leg} and d.seq = any(${seqs}::bigint[])))
      order by r.id for no key update`.execute(tx);
  }
}

async function recordAccepted(tx: Tx, scope: DeliveryScope, at: number, accepted: AcceptedDelivery[]): Promise<void> {
  const { tenantId, object, runId, leg, targets = {}, forgets = false } = scope;
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
  const { source, target, sourceId, targetId } = legSql(leg);
  await sql`
    create temp table if not exists s_accepted (
      seq bigint, kind text, hubspot_id bigint, pendo_id text collate "C", fields jsonb, sent jsonb
    ) on commit delete rows`.execute(tx);
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
    insert into s_accepted
    select seq, kind, hubspot_id, pendo_id, fields, ${withSeen(scope)} from closed`.execute(tx);
  // The digest follows where the target now holds just what the source gives; else the next read makes it good.
  await sql`
    update ${target} t
    set holds = t.holds || a.fields,
        holds_digest = case when t.holds || a.fields = g.gives then g.gives_digest else '\\x00'::bytea end
    from s_accepted a left join (
      select id, gives, gives_digest from ${source}
      where tenant_id = ${tenantId} and object = ${object} and id = any(array(select ${sourceId} from s_accepted))
    ) g on g.id = a.${sourceId}
    where t.tenant_id = ${tenantId} and t.object = ${object} and t.id = any(array(select ${targetId} from s_accepted))
      and t.id = a.${targetId}`.execute(tx);
  // What other sources sent there before moves along with the target.
  if (!forgets)
    await sql`
    with other as (
      delete from sent_values v
      where v.tenant_id = ${tenantId} and v.object = ${object} and ${legIs(leg, 'v')}
        and v.${targetId} = any(array(select ${targetId} from s_accepted where kind <> 'clear' and sent <> '{}'))
        and not exists (
          select from s_accepted a where a.hubspot_id = v.hubspot_id and a.pendo_id = v.pendo_id)
      returning v.${targetId} as target, v.fields
    ), before as (
      select target, jsonb_object_agg(e.key, e.value order by (e.value -> 'at')::bigint) as fields
      from other cross join lateral jsonb_each(fields) e group by target
    )
    insert into sent_values as v (tenant_id, object, leg, hubspot_id, pendo_id, fields)
    select ${tenantId}, ${object}, ${leg}, a.hubspot_id, a.pendo_id,
           case when b.target is null then a.sent else ${remembered(scope, sql`b.fields`, sql`a.sent`)} end
    from s_accepted a left join before b on b.target = a.${targetId}
    where a.kind <> 'clear' and a.hubspot_id is not null and a.pendo_id is not null and a.sent <> '{}'
    on conflict (tenant_id, object, leg, hubspot_id, pendo_id)
      do update set fields = ${remembered(scope, sql`v.fields`, sql`excluded.fields`)}, gone_run = null`.execute(tx);
  if (accepted.some((row) => row.kind === 'clear')) await forgetSent(tx, { tenantId, object, runId, leg });
  await sql`
    with moved as (
      update ${source} g set standing = 'written', standing_reason = null, standing_run = ${runId}::bigint
      from s_accepted a
      where a.kind <> 'clear' and g.tenant_id = ${tenantId} and g.object = ${object}
        and g.id = any(array(select ${sourceId} from s_accepted)) and g.id = a.${sourceId}
      returning g.id, a.${targetId}::text as partner
    )
    insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id)
    select ${tenantId}, ${object}, ${leg}, id::text, ${runId}::bigint, 'written', partner from moved
    on conflict (tenant_id, object, leg, giver_id, run_id)
      do update set outcome = 'written', partner_id = excluded.partner_id, reason = null`.execute(tx);
  await sql`delete from s_accepted`.execute(tx);
}

/**
 * What was sent (`sent`), with what was read of the target before (`s`). In a delta, only what was read by it counts as read:
 * the rest is sent as if for the first time (`u`).
 */
function withSeen({ runId, leg }: DeliveryScope): RawBuilder<unknown> {
  const unread = sql`
    (select r.scope = 'delta' from runs r where r.id = ${runId}::bigint)
      and not exists (select from seen_ids e where e.run_id = ${runId}::bigint and e.id = ${seenTarget(leg)})`;
  return sql`
    case when not (${unread}) and not jsonb_path_exists(changes, '$.*[0] ? (@ != null)') then sent
         else (
           select coalesce(jsonb_object_agg(e.key, e.value || case
                    when ${unread} then '{"u": true}'
                    when changes -> e.key -> 0 <> 'null' then jsonb_build_object('s', changes -> e.key -> 0)
                    else '{}' end), '{}')
           from jsonb_each(sent) e) end`;
}

/** A cleared target has lost its match: whatever source wrote there once, it holds nothing of ours any more. */
async function forgetSent(tx: Tx, { tenantId, object, leg }: DeliveryScope): Promise<void> {
  const { targetId } = legSql(leg);
  await sql`
    update sent_values v set fields = v.fields || (
      select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(a.sent) e where v.fields ? e.key)
    from s_accepted a
    where a.kind = 'clear' and v.tenant_id = ${tenantId} and v.object = ${object} and ${legIs(leg, 'v')}
      and v.${targetId} = any(array(select ${targetId} from s_accepted where kind = 'clear'))
      and v.${targetId} = a.${targetId}`.execute(tx);
}

async function recordRejected(
  tx: Tx,
  { tenantId, object, runId, leg }: DeliveryScope,
  rejected: RejectedDelivery[],
): Promise<void> {
  const { source, sourceId, targetId } = legSql(leg);
  const seqs = rejected.map((row) => row.seq);
  const rows = toJsonb(
    rejected.map(({ seq, code, property, message, vendorText }) => ({
      seq,
      reason: {
        code,
        ...(property === undefined ? {} : { property }),
        message,
        ...(vendorText ? { vendorText: vendorText.slice(0, 500) } : {}),
      },
    })),
  );
  await sql`
    with closed as (
      update deliveries d set state = 'rejected', reason = r.reason
      from jsonb_to_recordset(${rows}::jsonb) as r(seq bigint, reason jsonb)
      where d.run_id = ${runId}::bigint and d.leg = ${leg} and d.seq = any(${seqs}::bigint[]) and d.seq = r.seq
        and d.state = 'owed'
      returning d.kind, d.hubspot_id, d.pendo_id, d.reason
    ), moved as (
      update ${source} g set standing = 'rejected', standing_reason = c.reason, standing_run = ${runId}::bigint
      from closed c
      where c.kind <> 'clear' and g.tenant_id = ${tenantId} and g.object = ${object}
        and g.id = any(array(select ${sourceId} from closed)) and g.id = c.${sourceId}
        -- Any field accepted, before this run read again: the record is written.
        and (g.standing is distinct from 'written' or g.standing_run is distinct from ${runId}::bigint)
      returning g.id, c.${targetId}::text as partner, c.reason
    )
    insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id, reason)
    select ${tenantId}, ${object}, ${leg}, id::text, ${runId}::bigint, 'rejected', partner, reason from moved
    on conflict (tenant_id, object, leg, giver_id, run_id)
      do update set outcome = 'rejected', partner_id = excluded.partner_id, reason = excluded.reason`.execute(tx);
}
