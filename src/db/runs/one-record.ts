/** What a run of one record is about: the record that was asked for, and its partner as the run finds it. */
import { sql } from 'kysely';
import type { Vendor } from '../../sync/legs.ts';
import type { RunRef, SyncRef } from '../../sync/refs.ts';
import type { Tx } from '../database.ts';

export interface NamedRecord {
  side: Vendor;
  id: string;
}

/** An id for each side; null: no record there, or none that was compared. */
export interface OnePair {
  hubspotId: string | null;
  pendoId: string | null;
}

/** @throws where it was forgotten since: the run is cancelled then. */
export async function askedRecord(tx: Tx, runId: string): Promise<NamedRecord & { found: boolean | null }> {
  return tx
    .selectFrom('run_records')
    .select(['side', 'id', 'found'])
    .where('run_id', '=', runId)
    .where('asked', '=', true)
    .executeTakeFirstOrThrow();
}

export async function noteFound(tx: Tx, runId: string, found: boolean): Promise<void> {
  await tx.updateTable('run_records').set({ found }).where('run_id', '=', runId).where('asked', '=', true).execute();
}

export async function notePartner(
  tx: Tx,
  { tenantId, runId }: Pick<RunRef, 'tenantId' | 'runId'>,
  partner: (NamedRecord & { found: boolean }) | undefined,
): Promise<void> {
  await tx.deleteFrom('run_records').where('run_id', '=', runId).where('asked', '=', false).execute();
  if (partner === undefined) return;
  await tx
    .insertInto('run_records')
    .values({ tenant_id: tenantId, run_id: runId, asked: false, ...partner })
    .execute();
}

/** Sides on which a record of the run is no longer there. */
export async function missingSides(tx: Tx, runId: string): Promise<Vendor[]> {
  const rows = await tx
    .selectFrom('run_records')
    .select('side')
    .where('run_id', '=', runId)
    .where('found', '=', false)
    .execute();
  return rows.map(({ side }) => side);
}

/** More records with one key than anybody would look at. */
const most = 20;

/** What the mirror knows of a record, and who it knows under any of these keys. */
export async function mirrorKeys(
  tx: Tx,
  { tenantId, object }: SyncRef,
  { side, id }: NamedRecord,
): Promise<{ key: string | null; aliases: string[] }> {
  const { rows } = await sql<{ key: string | null; aliases: string[] | null }>`
    select match_key as key, ${side === 'hubspot' ? sql`aliases` : sql`null::text[] as aliases`}
    from ${sql.table(`${side}_records`)}
    where tenant_id = ${tenantId} and object = ${object}
      and id = ${id}${sql.raw(side === 'hubspot' ? '::bigint' : '')}`.execute(tx);
  return { key: rows[0]?.key ?? null, aliases: rows[0]?.aliases ?? [] };
}

export async function mirrorIds(
  tx: Tx,
  { tenantId, object }: SyncRef,
  side: Vendor,
  keys: readonly string[],
  /** HubSpot: also those that have one as an additional e-mail. */
  byAlias = false,
): Promise<string[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select id::text as id from ${sql.table(`${side}_records`)}
    where tenant_id = ${tenantId} and object = ${object}
      and (match_key = any(${keys}::text[]) ${byAlias ? sql`or aliases && ${keys}::text[]` : sql``})
      ${side === 'pendo' ? sql`and not odd` : sql``}
    order by ${sql.ref('id')} limit ${most}`.execute(tx);
  return rows.map((row) => row.id);
}
