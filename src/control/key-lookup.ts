/** API keys by their hash, looked up together. */
import { type Selectable, sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import type { ControlTables } from '../db/schema-control.ts';
import { createLookup, type Lookup } from './batched-lookup.ts';

type KeyRow = Selectable<ControlTables['api_keys']>;
export type KeyLookup = Lookup<KeyRow>;

/** A key's last use is recorded at most this often. */
const recordEveryMs = 60_000;

export function createKeyLookup(needs: { db: Database; clock: () => number }): KeyLookup {
  return createLookup(needs, async (tx, hashes, now) => {
    const keys = await tx
      .selectFrom('api_keys')
      .leftJoin('tenants', 'tenants.id', 'api_keys.tenant_id')
      .selectAll('api_keys')
      .select('tenants.state as tenant_state')
      .where('hash', '=', sql<Buffer>`any(${hashes}::bytea[])`)
      .where('revoked_at', 'is', null)
      .execute();
    const usable = keys.filter(
      (key) => key.tenant_state !== 'deleted' && (key.expires_at === null || key.expires_at.getTime() > now),
    );
    await recordUse(tx, usable, now);
    return usable;
  });
}

/** Rows that somebody else holds are left for the next time: a lookup waits for nobody. */
async function recordUse(tx: Tx, keys: readonly KeyRow[], now: number): Promise<void> {
  const ids = keys
    .filter(({ last_used_at: at }) => at === null || now - at.getTime() > recordEveryMs)
    .map(({ id }) => id);
  if (ids.length === 0) return;
  await tx
    .updateTable('api_keys')
    .set({ last_used_at: new Date(now) })
    .where('id', 'in', tx.selectFrom('api_keys').select('id').where('id', 'in', ids).forUpdate().skipLocked())
    .execute();
}
