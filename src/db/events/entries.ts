/** Since when items are sent as events, and up to where their days were looked at. */
import { sql } from 'kysely';
import type { EventSpan, KnownEntry } from '../../sync/event-days.ts';
import { utcDay } from '../../sync/instants.ts';
import type { SyncRef } from '../../sync/refs.ts';
import type { Tx } from '../database.ts';

/** The HubSpot account that a tenant is connected to: what was sent to another one says nothing of it. */
export async function connectedPortal(tx: Tx, tenantId: string): Promise<string> {
  const { rows } = await sql<{ portal: string | null }>`
    select identity ->> 'portalId' as portal from connections
    where tenant_id = ${tenantId} and vendor = 'hubspot'`.execute(tx);
  return rows[0]?.portal ?? '';
}

export async function readEntries(tx: Tx, { tenantId, object }: SyncRef): Promise<KnownEntry[]> {
  const portal = await connectedPortal(tx, tenantId);
  const { rows } = await sql<KnownEntry>`
    select source, item_id as id, first_day::text as "firstDay", through::text as through from event_entries
    where tenant_id = ${tenantId} and object = ${object} and portal = ${portal}`.execute(tx);
  return rows;
}

export async function noteEntries(
  tx: Tx,
  { tenantId, object, portal }: SyncRef & { portal: string },
  spans: readonly EventSpan[],
): Promise<void> {
  if (spans.length === 0) return;
  await sql`
    insert into event_entries as e (tenant_id, object, portal, source, item_id, first_day, through)
    select ${tenantId}, ${object}, ${portal}, source, id, "firstDay", until
    from jsonb_to_recordset(${JSON.stringify(spans)}::jsonb) as s(source text, id text, "firstDay" date, until date)
    on conflict (tenant_id, object, portal, source, item_id)
      do update set through = greatest(e.through, excluded.through)`.execute(tx);
}

/**
 * Nobody knows any more what was sent: nothing before today is sent from now on, so that nothing is sent twice. The entries' zone
 * may be any; where the new day begins first it is 14 hours ahead of UTC.
 */
export async function passOver(tx: Tx, { tenantId, object }: SyncRef, now: number): Promise<void> {
  const today = sql`${utcDay(now + 14 * 3_600_000)}::date`;
  await sql`
    update event_entries set first_day = greatest(first_day, ${today}), through = greatest(through, ${today})
    where tenant_id = ${tenantId} and object = ${object}`.execute(tx);
  await sql`
    update event_occurrences set state = 'skipped', properties = null
    where tenant_id = ${tenantId} and object = ${object} and state in ('owed', 'sending', 'lost', 'refused')`.execute(
    tx,
  );
}
