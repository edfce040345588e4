/** What the tables hold of one record. */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { longestShown } from '../../db/page-weight.ts';
import type { Leg } from '../../db/schema.ts';
import type { SyncRef } from '../../sync/refs.ts';
import type { StoredRow } from './record-fields.ts';
import type { Side } from './record-match.ts';
import { type RefusedField, refusedFields } from './refused-fields.ts';

export interface ShownDelivery {
  run: string;
  leg: Leg;
  kind: string;
  state: string;
  at: string | null;
  changes: Record<string, [unknown, unknown]>;
  /** Left out of it, and refused for the whole run. */
  refused: Record<string, RefusedField> | null;
  reason: Record<string, unknown> | null;
}

export function newestRun(tx: Tx, { tenantId, object }: SyncRef, that: RawBuilder<boolean>) {
  return tx
    .selectFrom('runs')
    .select(['id', 'plan', 'config', 'config_version', 'settled_at', 'read_round', 'reason', 'counts', 'as_of'])
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where(that)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Of a row of `runs`: did it look at this record, as far as its scope goes? */
export function isAboutRecord(side: Side, id: string): RawBuilder<boolean> {
  return sql`(scope <> 'record' or exists (
    select from run_records x where x.run_id = runs.id and x.side = ${side} and x.id = ${id}))`;
}

export async function readMirror(
  tx: Tx,
  { tenantId, object }: SyncRef,
  side: Side,
  id: string,
): Promise<StoredRow | undefined> {
  const { rows } = await sql<StoredRow>`
    select id::text as id, key_state, match_key, coalesce(loose_key, fold_key) as loose_key,
           cut_values(gives, ${longestShown}) as gives, cut_values(holds, ${longestShown}) as holds
    from ${sql.table(`${side}_records`)}
    where tenant_id = ${tenantId} and object = ${object} and id = ${id}${sql.raw(side === 'hubspot' ? '::bigint' : '')}`.execute(
    tx,
  );
  return rows[0];
}

export async function newestOutcome(tx: Tx, { tenantId, object }: SyncRef, leg: Leg, sourceId: string) {
  return tx
    .selectFrom('outcomes as o')
    .leftJoin('runs as r', 'r.id', 'o.run_id')
    .select(['o.outcome', 'o.partner_id', 'o.reason', 'o.run_id', 'r.as_of'])
    .where('o.tenant_id', '=', tenantId)
    .where('o.object', '=', object)
    .where('o.leg', '=', leg)
    .where('o.giver_id', '=', sourceId)
    .orderBy('o.run_id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function readDeliveries(
  tx: Tx,
  { tenantId, object }: SyncRef,
  side: Side,
  id: string,
): Promise<ShownDelivery[]> {
  const rows = await tx
    .selectFrom('deliveries as d')
    .innerJoin('runs as r', 'r.id', 'd.run_id')
    .select(['d.run_id', 'd.leg', 'd.kind', 'd.state', 'd.reason', 'r.closed_at', 'r.settled_at', 'r.dropped'])
    .select(sql<Record<string, [unknown, unknown]>>`cut_values(d.changes, ${longestShown})`.as('changes'))
    .select(sql<Record<string, [unknown, unknown]> | null>`cut_values(d.dropped, ${longestShown})`.as('leftOut'))
    .where('d.tenant_id', '=', tenantId)
    .where('r.object', '=', object)
    .where(side === 'hubspot' ? 'd.hubspot_id' : 'd.pendo_id', '=', id)
    .orderBy('d.run_id', 'desc')
    .orderBy('d.seq', 'desc')
    .limit(10)
    .execute();
  return rows.map((row) => ({
    run: row.run_id,
    leg: row.leg,
    kind: row.kind,
    state: row.state,
    at: (row.closed_at ?? row.settled_at)?.toISOString() ?? null,
    changes: row.changes,
    refused: refusedFields(row.leg, row.leftOut, row.dropped),
    reason: row.reason as Record<string, unknown> | null,
  }));
}

export async function isSuppressed(tx: Tx, { tenantId, object }: SyncRef, hashes: Buffer[]): Promise<boolean> {
  const found = await tx
    .selectFrom('suppressions')
    .select('hash')
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('hash', 'in', hashes)
    .executeTakeFirst();
  return found !== undefined;
}
