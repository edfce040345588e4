/** Settling of events: what the days that were read say against the ledger, and which rows this run may send. */
import { sql } from 'kysely';
import type { RunRef } from '../../sync/refs.ts';
import type { EventPlan } from '../../sync/types.ts';
import type { Tx } from '../database.ts';

export interface EventScope extends RunRef {
  /** The HubSpot account that is sent to. */
  portal: string;
  /** All that are configured, in their order. */
  events: readonly EventPlan[];
  /** Rows that are owed for a day before are dropped. */
  oldest: string;
  /** On the vendor's clock: a row that was sent before and has no answer is looked up. */
  lostBefore: Date;
}

/**
 * Leaves `s_occurrences`: for pairs, what the days that were read say more than all rows of the ledger together. After
 * `matchRecords`.
 */
export async function findOccurrences(
  tx: Tx,
  { tenantId, object, portal, runId, events }: EventScope,
): Promise<number> {
  await sql`
    create temp table s_occurrences on commit drop as
    select m.hubspot_id, d.pendo_id, d.source, d.item_id, d.day, d.events - coalesce(l.events, 0) as events,
           greatest(d.minutes - coalesce(l.minutes, 0), 0) as minutes, coalesce(l.no, 0) + 1 as no, e.place,
           d.properties
    from event_days d
    join s_pairs m on m.pendo_id = d.pendo_id
    join (${entriesOf(events)}) e on e.source = d.source and e.id = d.item_id and e.live
    left join lateral (
      select sum(o.events) as events, sum(o.minutes) as minutes, max(o.no) as no from event_occurrences o
      where o.tenant_id = ${tenantId} and o.object = ${object} and o.portal = ${portal} and o.pendo_id = d.pendo_id
        and o.source = d.source and o.item_id = d.item_id and o.day = d.day) l on true
    where d.run_id = ${runId}::bigint and d.events > coalesce(l.events, 0)`.execute(tx);
  const { rows } = await sql<{ n: string }>`select count(*) as n from s_occurrences`.execute(tx);
  return Number(rows[0]?.n ?? 0);
}

/** What is found becomes rows of the ledger, and this run gets those in hand that it may send or look up. */
export async function planOccurrences(tx: Tx, scope: EventScope): Promise<void> {
  const { tenantId, object, portal, runId, events, oldest, lostBefore } = scope;
  const mine = sql`o.tenant_id = ${tenantId} and o.object = ${object} and o.portal = ${portal}`;
  await sql`
    delete from event_occurrences o
    where ${mine} and o.state in ('owed', 'refused')
      and (o.day < ${oldest}::date
        or not exists (select from (${entriesOf(events)}) e where e.source = o.source and e.id = o.item_id))`.execute(
    tx,
  );
  const partner = sql`
    (select m.hubspot_id from s_pairs m join (${entriesOf(events)}) e on e.source = o.source and e.id = o.item_id and e.live
     where m.pendo_id = o.pendo_id)`;
  await sql`
    update event_occurrences o
    set state = 'owed', reason = null, hubspot_id = h.id, run_id = case when h.id is null then null else ${runId}::bigint end
    from (select o.seq, ${partner} as id from event_occurrences o where ${mine} and o.state in ('owed', 'refused')) h
    where ${mine} and o.state in ('owed', 'refused') and o.seq = h.seq`.execute(tx);
  await sql`
    update event_occurrences o
    set state = 'lost', next_hubspot_id = h.id, run_id = ${runId}::bigint
    from (select o.seq, ${partner} as id from event_occurrences o where ${mine} and o.state in ('sending', 'lost')) h
    where ${mine} and o.state in ('sending', 'lost') and o.seq = h.seq and o.sent_at <= ${lostBefore}`.execute(tx);
  await sql`
    insert into event_occurrences
      (tenant_id, object, portal, pendo_id, source, item_id, day, no, events, minutes, properties, hubspot_id, run_id)
    select ${tenantId}, ${object}, ${portal}, pendo_id, source, item_id, day, no, events, minutes, properties, hubspot_id,
           ${runId}::bigint
    from s_occurrences order by day, place, pendo_id`.execute(tx);
}

/** Rows that this run has to send or to look up. */
export async function countInHand(tx: Tx, runId: string): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select count(*) as n from event_occurrences
    where run_id = ${runId}::bigint and state in ('owed', 'lost')`.execute(tx);
  return Number(rows[0]?.n ?? 0);
}

function entriesOf(events: readonly EventPlan[]) {
  const rows = events.map(({ source, id, stopped }, place) => ({ source, id, place, live: stopped === undefined }));
  return sql`
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as e(source text, id text collate "C", place integer, live boolean)`;
}
