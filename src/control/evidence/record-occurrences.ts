/** What was sent of a record as custom events: from the ledger, by either side's id. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { OccurrenceState } from '../../db/schema-events.ts';
import type { SyncRef } from '../../sync/refs.ts';
import type { Side } from './record-match.ts';

export interface ShownOccurrence {
  run: string | null;
  source: string;
  id: string;
  /** Local date in the subscription's zone. */
  day: string;
  count: number;
  minutes: number;
  state: OccurrenceState;
  sentAt: string | null;
  uuid: string | null;
  reason: Record<string, unknown> | null;
}

const shown = 50;

/** The newest days first. */
export async function readOccurrences(
  tx: Tx,
  { tenantId, object }: SyncRef,
  side: Side,
  name: string,
): Promise<ShownOccurrence[]> {
  const who = side === 'hubspot' ? sql`hubspot_id = ${name}::bigint` : sql`pendo_id = ${name}`;
  const { rows } = await sql<Omit<ShownOccurrence, 'sentAt'> & { sentAt: Date | null }>`
    select run_id::text as run, source, item_id as id, day::text as day, events as count, minutes, state,
           sent_at as "sentAt", uuid, reason
    from event_occurrences
    where tenant_id = ${tenantId} and object = ${object} and ${who}
    order by day desc, seq desc limit ${shown}`.execute(tx);
  return rows.map((row) => ({ ...row, sentAt: row.sentAt?.toISOString() ?? null }));
}
