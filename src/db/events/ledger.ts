/** The ledger while it is worked through: rows are marked before they are sent, and say afterwards what became of them. */

import { sql } from 'kysely';
import type { EventCounts } from '../../sync/event-counts.ts';
import type { PropertyValues } from '../../sync/event-values.ts';
import { occurrenceId } from '../../sync/occurrence-id.ts';
import type { UsageKind } from '../../sync/push-mapping.ts';
import type { RunRef } from '../../sync/refs.ts';
import type { EventPlan } from '../../sync/types.ts';
import type { Tx } from '../database.ts';
import { toJsonb } from '../jsonb.ts';
import type { Reason } from '../schema.ts';

export interface LedgerRow {
  seq: string;
  pendoId: string;
  hubspotId: string;
  source: UsageKind;
  id: string;
  day: string;
  no: number;
  events: number;
  minutes: number;
  properties: PropertyValues | null;
  eventName: string;
  uuid: string;
}

export interface Take extends RunRef {
  events: readonly EventPlan[];
  most: number;
  monthlyLimit: number;
  now: Date;
}

const row = sql`
  seq::text as seq, pendo_id as "pendoId", hubspot_id::text as "hubspotId", source, item_id as id, day::text as day, no,
  events, minutes, properties, event_name as "eventName", uuid`;

export const monthOf = (now: Date): string => now.toISOString().slice(0, 7);

/**
 * The next rows to send, marked: from now on they count as sent until an answer says otherwise. `limited`: the month has no room
 * for more.
 */
export async function takeOccurrences(tx: Tx, take: Take): Promise<{ rows: LedgerRow[]; limited: boolean }> {
  const { tenantId, object, runId, events, most, monthlyLimit, now } = take;
  const month = monthOf(now);
  await sql`
    insert into event_months (tenant_id, month) values (${tenantId}, ${month}) on conflict do nothing`.execute(tx);
  const { rows: months } = await sql<{ requested: string }>`
    select requested from event_months where tenant_id = ${tenantId} and month = ${month} for update`.execute(tx);
  const room = Math.max(0, monthlyLimit - Number(months[0]?.requested ?? 0));
  const { rows: owed } = await sql<LedgerRow>`
    select ${row} from event_occurrences
    where tenant_id = ${tenantId} and object = ${object} and run_id = ${runId}::bigint and state = 'owed'
    order by event_occurrences.seq limit ${most}`.execute(tx);
  const marked = owed.slice(0, room).map((one) => named(one, object, events));
  if (marked.length === 0) return { rows: [], limited: owed.length > 0 };
  await sql`
    update event_occurrences o
    set state = 'sending', sent_at = ${now}, event_name = m."eventName", uuid = m.uuid
    from jsonb_to_recordset(${JSON.stringify(marked)}::jsonb) as m(seq bigint, "eventName" text, uuid text)
    where o.tenant_id = ${tenantId} and o.object = ${object} and o.seq = m.seq`.execute(tx);
  await count(tx, tenantId, now, marked.length);
  return { rows: marked, limited: false };
}

/** One that was sent before keeps its id, and the event that it was sent to. */
function named(owed: LedgerRow, object: string, events: readonly EventPlan[]): LedgerRow {
  if (owed.uuid !== null && owed.eventName !== null) return owed;
  const eventName = events.find(({ source, id }) => source === owed.source && id === owed.id)?.eventName ?? '';
  // `pe<portal>_…`
  const portal = eventName.slice(0, eventName.indexOf('_'));
  const { pendoId, source, id, day, no } = owed;
  return { ...owed, eventName, uuid: occurrenceId(portal, object, pendoId, source, id, day, no) };
}

async function count(tx: Tx, tenantId: string, now: Date, rows: number): Promise<void> {
  await sql`
    update event_months set requested = requested + ${rows}
    where tenant_id = ${tenantId} and month = ${monthOf(now)}`.execute(tx);
}

export interface OccurrenceAnswer {
  sent: LedgerRow[];
  refused: { row: LedgerRow; reason: Reason }[];
  /** Surely not carried out: owed as before. */
  notSent: LedgerRow[];
  /** Of the marking. */
  now: Date;
}

/** Rows without an answer stay marked. */
export async function recordOccurrences(
  tx: Tx,
  { tenantId, object }: RunRef,
  { sent, refused, notSent, now }: OccurrenceAnswer,
): Promise<void> {
  const answers = [
    ...sent.map(({ seq }) => ({ seq, state: 'sent', reason: null })),
    ...refused.map(({ row: { seq }, reason }) => ({ seq, state: 'refused', reason })),
    ...notSent.map(({ seq }) => ({ seq, state: 'owed', reason: null })),
  ];
  if (answers.length === 0) return;
  await sql`
    update event_occurrences o
    set state = a.state, reason = a.reason, properties = case when a.state = 'sent' then null else o.properties end
    from jsonb_to_recordset(${toJsonb(answers)}::jsonb) as a(seq bigint, state text, reason jsonb)
    where o.tenant_id = ${tenantId} and o.object = ${object} and o.seq = a.seq and o.state = 'sending'`.execute(tx);
  await count(tx, tenantId, now, -(refused.length + notSent.length));
}

/** Rows that this run has to look up. */
export async function lostOccurrences(tx: Tx, { tenantId, object, runId }: RunRef, most: number): Promise<LedgerRow[]> {
  const { rows } = await sql<LedgerRow>`
    select ${row} from event_occurrences
    where tenant_id = ${tenantId} and object = ${object} and run_id = ${runId}::bigint and state = 'lost'
    order by hubspot_id, event_name, event_occurrences.day, event_occurrences.seq limit ${most}`.execute(tx);
  return rows;
}

export interface LookedUp {
  row: LedgerRow;
  /** `again`: it is owed once more. */
  as: 'sent' | 'skipped' | 'again';
}

export async function recordLookedUp(tx: Tx, { tenantId, object }: RunRef, found: readonly LookedUp[]): Promise<void> {
  const rows = found.map(({ row: { seq }, as }) => ({ seq, as }));
  await sql`
    update event_occurrences o
    set state = case when f."as" = 'again' then 'owed' else f."as" end,
        properties = case when f."as" = 'again' then o.properties end,
        hubspot_id = case when f."as" = 'again' then o.next_hubspot_id else o.hubspot_id end,
        run_id = case when f."as" = 'again' and o.next_hubspot_id is null then null else o.run_id end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f(seq bigint, "as" text)
    where o.tenant_id = ${tenantId} and o.object = ${object} and o.seq = f.seq and o.state = 'lost'`.execute(tx);
}

/** Why a run ends with rows left. */
export async function noteEnded(tx: Tx, runId: string, ended: NonNullable<EventCounts['ended']>): Promise<void> {
  await sql`
    update runs set counts = counts || jsonb_build_object('events', coalesce(counts -> 'events', '{}') || ${JSON.stringify({ ended })}::jsonb)
    where id = ${runId}::bigint`.execute(tx);
}

/** Rows that a run marked and that have no answer. */
export async function countUnanswered(tx: Tx, runId: string): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select count(*) as n from event_occurrences where run_id = ${runId}::bigint and state = 'sending'`.execute(tx);
  return Number(rows[0]?.n ?? 0);
}

export async function countByState(tx: Tx, runId: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string; n: string }>`
    select state, count(*) as n from event_occurrences where run_id = ${runId}::bigint group by 1`.execute(tx);
  return Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)]));
}
