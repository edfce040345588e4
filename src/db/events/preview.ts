/** What a run would send, before it sends anything: by entry, and beside the month's limit. Works on `s_occurrences`. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { monthOf } from './ledger.ts';
import type { EventScope } from './plan.ts';

export interface EventPreview {
  /** That the run would send: found by it, and left by earlier ones. */
  occurrences: number;
  entries: {
    source: string;
    id: string;
    name: string;
    occurrences: number;
    records: number;
    firstDay: string | null;
    lastDay: string | null;
    /** Those that are chosen of a track event, and how many of the occurrences would carry each. */
    properties?: { name: string; property: string; occurrences: number }[];
  }[];
  /** UTC; and the tenant's own limit and use of it. What other apps send is not known. */
  month: { month: string; limit: number; used: number; left: number };
  /** More than the month has room for: they wait for the next one. */
  waiting: number;
}

export async function describeEvents(
  tx: Tx,
  { tenantId, object, portal, events }: EventScope,
  { monthlyLimit: limit, now }: { monthlyLimit: number; now: Date },
): Promise<EventPreview> {
  const month = monthOf(now);
  const { rows } = await sql<{ source: string; id: string; n: string; records: string; first: string; last: string }>`
    select source, item_id as id, count(*) as n, count(distinct pendo_id) as records, min(day)::text as first,
           max(day)::text as last
    from s_occurrences group by 1, 2`.execute(tx);
  const { rows: ledger } = await sql<{ owed: string; used: string }>`
    select (select count(*) from event_occurrences o join s_pairs m on m.pendo_id = o.pendo_id
            where o.tenant_id = ${tenantId} and o.object = ${object} and o.portal = ${portal} and o.state in ('owed', 'refused')) as owed,
           coalesce((select requested from event_months where tenant_id = ${tenantId} and month = ${month}), 0) as used`.execute(
    tx,
  );
  const carried = await countCarried(tx);
  const entries = events.map(({ source, id, name, properties }) => {
    const row = rows.find((one) => one.source === source && one.id === id);
    return {
      ...{ source, id, name },
      occurrences: Number(row?.n ?? 0),
      records: Number(row?.records ?? 0),
      firstDay: row?.first ?? null,
      lastDay: row?.last ?? null,
      ...(properties && {
        properties: properties.map((one) => ({ ...one, occurrences: carried(source, id, one.name) })),
      }),
    };
  });
  const occurrences = entries.reduce((sum, entry) => sum + entry.occurrences, Number(ledger[0]?.owed ?? 0));
  const used = Number(ledger[0]?.used ?? 0);
  const left = Math.max(0, limit - used);
  return { occurrences, entries, month: { month, limit, used, left }, waiting: Math.max(0, occurrences - left) };
}

async function countCarried(tx: Tx): Promise<(source: string, id: string, property: string) => number> {
  const { rows } = await sql<{ source: string; id: string; name: string; n: string }>`
    select source, item_id as id, p ->> 0 as name, count(*) as n
    from s_occurrences, jsonb_array_elements(properties) p group by 1, 2, 3`.execute(tx);
  return (source, id, property) =>
    Number(rows.find((row) => row.source === source && row.id === id && row.name === property)?.n ?? 0);
}
