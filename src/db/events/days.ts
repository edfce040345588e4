/** Days with use that a run has read: from there they are settled. */
import { sql } from 'kysely';
import type { PropertyValues } from '../../sync/event-values.ts';
import type { UsageKind } from '../../sync/push-mapping.ts';
import type { RunRef } from '../../sync/refs.ts';
import type { Tx } from '../database.ts';

export interface EventDay {
  pendoId: string;
  source: UsageKind;
  id: string;
  /** Local date. */
  day: string;
  events: number;
  minutes: number;
  /** Of a track event; absent: it has none of those that are chosen. */
  properties?: PropertyValues;
}

const atOnce = 5000;

/** In the transaction of the page that they are of. A page that is read again says the same once more. */
export async function storeEventDays(tx: Tx, { tenantId, runId }: RunRef, days: readonly EventDay[]): Promise<void> {
  for (let at = 0; at < days.length; at += atOnce) {
    await sql`
      insert into event_days (tenant_id, run_id, pendo_id, source, item_id, day, events, minutes, properties)
      select ${tenantId}, ${runId}::bigint, "pendoId", source, id, day, events, minutes, properties
      from jsonb_to_recordset(${JSON.stringify(days.slice(at, at + atOnce))}::jsonb)
        as d("pendoId" text, source text, id text, day date, events double precision, minutes double precision,
             properties jsonb)
      on conflict (run_id, pendo_id, source, item_id, day)
        do update set events = excluded.events, minutes = excluded.minutes, properties = excluded.properties`.execute(
      tx,
    );
  }
}
