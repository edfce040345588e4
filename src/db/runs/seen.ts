/** Which ids a scan saw, where its pages cannot prove by their borders what is gone. */
import { sql } from 'kysely';
import type { RunRef } from '../../sync/refs.ts';
import type { Tx } from '../database.ts';
import { noteGone } from '../memory.ts';
import type { RangeSide } from './ranges.ts';

/** How a delta run notes a record of either side. */
export function seenName(side: 'hubspot' | 'pendo', id: string): string {
  return `${side}:${id}`;
}

/** Begins the scan again, by seen ids. */
export async function startBySeen(tx: Tx, runId: string, side: RangeSide): Promise<void> {
  await sql`
    update read_ranges set by_seen = true, cursor = lo, records = 0, excluded = 0, done = false
    where run_id = ${runId}::bigint and side = ${side}`.execute(tx);
  await sql`delete from seen_ids where run_id = ${runId}::bigint`.execute(tx);
}

export async function noteSeen(tx: Tx, { tenantId, runId }: RunRef, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into seen_ids (tenant_id, run_id, id) select ${tenantId}, ${runId}::bigint, unnest(${ids}::text[])
    on conflict do nothing`.execute(tx);
}

/** Deletes what a finished scan did not see: every row, or only those that stand outside the order. */
export async function deleteUnseen(
  tx: Tx,
  { tenantId, object, runId }: RunRef,
  which: 'all' | 'unstorable',
): Promise<void> {
  await sql`
    with gone as (
      delete from pendo_records m
      where m.tenant_id = ${tenantId} and m.object = ${object} and (m.odd or ${which === 'all'})
        and not exists (select from seen_ids s where s.run_id = ${runId}::bigint and s.id = m.id)
      returning m.id
    ), noted as (
      ${noteGone({ tenantId, object }, runId, 'pull')}
    )
    insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome)
    select ${tenantId}, ${object}, 'push', id, ${runId}::bigint, 'gone' from gone
    on conflict (tenant_id, object, leg, giver_id, run_id) do update set outcome = 'gone', reason = null`.execute(tx);
  await sql`delete from seen_ids where run_id = ${runId}::bigint`.execute(tx);
}
