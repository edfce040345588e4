/** The data keys of tenants: made, wrapped by the deployment's key, opened and remembered for a while. */
import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { KeyEncryption } from './key-encryption.ts';
import { lock } from './lock.ts';

export interface DataKey {
  id: string;
  key: Buffer;
}

export interface DataKeys {
  open(tenantId: string, row: WrappedKey): Promise<Buffer>;
  add(tx: Tx, tenantId: string): Promise<DataKey>;
  /** The key for a new secret; the first secret of a tenant makes it. */
  current(tx: Tx, tenantId: string): Promise<DataKey>;
}

interface WrappedKey {
  id: string;
  kek_id: string;
  wrapped: Buffer;
}

/** Unwrapped data keys are remembered this long, so that a key service is not asked for every page. */
const rememberMs = 5 * 60_000;

export function createDataKeys(keys: KeyEncryption): DataKeys {
  const opened = new Map<string, { key: Buffer; until: number }>();

  const open: DataKeys['open'] = async (tenantId, row) => {
    const known = opened.get(row.id);
    if (known !== undefined && known.until > performance.now()) return known.key;
    const key = await keys.unwrap(row.wrapped, row.kek_id, [tenantId, row.id]);
    if (opened.size > 10_000) opened.clear();
    opened.set(row.id, { key, until: performance.now() + rememberMs });
    return key;
  };

  const add: DataKeys['add'] = async (tx, tenantId) => {
    const id = randomUUID();
    const key = randomBytes(32);
    const wrapped = await keys.wrap(key, [tenantId, id]);
    // Two at the same instant would not tell which is newer: the time is the statement's, not the transaction's.
    await tx
      .insertInto('data_keys')
      .values({ tenant_id: tenantId, id, kek_id: keys.current, wrapped, created_at: sql`clock_timestamp()` as never })
      .execute();
    return { id, key };
  };

  const current: DataKeys['current'] = async (tx, tenantId) => {
    const row = await newestDataKey(tx, tenantId);
    if (row !== undefined) return { id: row.id, key: await open(tenantId, row) };
    // Only one of two writers may make the first key.
    await lock(tx, tenantId, 'first');
    const made = await newestDataKey(tx, tenantId);
    return made === undefined ? add(tx, tenantId) : { id: made.id, key: await open(tenantId, made) };
  };

  return { open, add, current };
}

function newestDataKey(tx: Tx, tenantId: string): Promise<WrappedKey | undefined> {
  return tx
    .selectFrom('data_keys')
    .select(['id', 'kek_id', 'wrapped'])
    .where('tenant_id', '=', tenantId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}
