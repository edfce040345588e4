/**
 * Credentials at rest. Each tenant has a data key of its own, wrapped by the deployment's key; each secret is sealed
 * with it and bound to its tenant and name. All calls take the caller's transaction, so that a secret and what
 * depends on it change together.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { createDeploymentKeys, type DeploymentKeys } from './deployment-keys.ts';
import { seal, unseal } from './envelope.ts';
import type { KeyEncryption } from './key-encryption.ts';
import { Secret } from './secret.ts';

export interface Vault {
  put(tx: Tx, tenantId: string, name: string, value: Secret): Promise<void>;
  /** @throws SealBroken when the stored value does not open. */
  get(tx: Tx, tenantId: string, name: string): Promise<Secret | undefined>;
  remove(tx: Tx, tenantId: string, name: string): Promise<void>;
  /** Erases every secret and data key of the tenant: what was sealed, in whatever backup, opens no more. Returns how many secrets. */
  erase(tx: Tx, tenantId: string): Promise<number>;
  /** Seals everything of the tenant anew under a new data key wrapped by the current key. Returns how many secrets. */
  rotate(tx: Tx, tenantId: string): Promise<number>;
  /** Of the deployment itself. */
  readonly deployment: DeploymentKeys;
}

/** Unwrapped data keys are remembered this long, so that a key service is not asked for every page. */
const rememberMs = 5 * 60_000;

export function createVault(keys: KeyEncryption): Vault {
  const opened = new Map<string, { key: Buffer; until: number }>();

  const open = async (tenantId: string, row: { id: string; kek_id: string; wrapped: Buffer }): Promise<Buffer> => {
    const known = opened.get(row.id);
    if (known !== undefined && known.until > performance.now()) return known.key;
    const key = await keys.unwrap(row.wrapped, row.kek_id, [tenantId, row.id]);
    if (opened.size > 10_000) opened.clear();
    opened.set(row.id, { key, until: performance.now() + rememberMs });
    return key;
  };

  const addDataKey = async (tx: Tx, tenantId: string): Promise<{ id: string; key: Buffer }> => {
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

  const currentDataKey = async (tx: Tx, tenantId: string): Promise<{ id: string; key: Buffer }> => {
    const row = await newestDataKey(tx, tenantId);
    if (row !== undefined) return { id: row.id, key: await open(tenantId, row) };
    // The first secret of a tenant: only one of two writers may make the key.
    await lock(tx, tenantId, 'first');
    const made = await newestDataKey(tx, tenantId);
    return made === undefined ? addDataKey(tx, tenantId) : { id: made.id, key: await open(tenantId, made) };
  };

  return {
    deployment: createDeploymentKeys(keys),

    put: async (tx, tenantId, name, value) => {
      await lock(tx, tenantId, 'use');
      const { id, key } = await currentDataKey(tx, tenantId);
      const sealed = seal(key, Buffer.from(value.reveal(), 'utf8'), [tenantId, name, id]);
      await tx
        .insertInto('secrets')
        .values({ tenant_id: tenantId, name, key_id: id, sealed })
        .onConflict((conflict) =>
          conflict.columns(['tenant_id', 'name']).doUpdateSet({ key_id: id, sealed, updated_at: sql`now()` }),
        )
        .execute();
    },

    get: async (tx, tenantId, name) => {
      const row = await tx
        .selectFrom('secrets as s')
        .innerJoin('data_keys as k', (join) =>
          join.onRef('k.tenant_id', '=', 's.tenant_id').onRef('k.id', '=', 's.key_id'),
        )
        .select(['s.sealed', 'k.id', 'k.kek_id', 'k.wrapped'])
        .where('s.tenant_id', '=', tenantId)
        .where('s.name', '=', name)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const key = await open(tenantId, row);
      return new Secret(unseal(key, row.sealed, [tenantId, name, row.id]).toString('utf8'));
    },

    remove: async (tx, tenantId, name) => {
      await tx.deleteFrom('secrets').where('tenant_id', '=', tenantId).where('name', '=', name).execute();
    },

    erase: async (tx, tenantId) => {
      await lock(tx, tenantId, 'rotate');
      const { numDeletedRows } = await tx.deleteFrom('secrets').where('tenant_id', '=', tenantId).executeTakeFirst();
      await tx.deleteFrom('data_keys').where('tenant_id', '=', tenantId).execute();
      return Number(numDeletedRows);
    },

    rotate: async (tx, tenantId) => {
      await lock(tx, tenantId, 'rotate');
      const rows = await tx
        .selectFrom('secrets as s')
        .innerJoin('data_keys as k', (join) =>
          join.onRef('k.tenant_id', '=', 's.tenant_id').onRef('k.id', '=', 's.key_id'),
        )
        .select(['s.name', 's.sealed', 'k.id', 'k.kek_id', 'k.wrapped'])
        .where('s.tenant_id', '=', tenantId)
        .execute();
      const next = rows.length === 0 ? undefined : await addDataKey(tx, tenantId);
      for (const row of rows) {
        if (next === undefined) break;
        const plain = unseal(await open(tenantId, row), row.sealed, [tenantId, row.name, row.id]);
        await tx
          .updateTable('secrets')
          .set({ key_id: next.id, sealed: seal(next.key, plain, [tenantId, row.name, next.id]) })
          .where('tenant_id', '=', tenantId)
          .where('name', '=', row.name)
          .execute();
      }
      await tx
        .deleteFrom('data_keys')
        .where('tenant_id', '=', tenantId)
        .where('id', '!=', next?.id ?? '')
        .execute();
      return rows.length;
    },
  };
}

function newestDataKey(tx: Tx, tenantId: string) {
  return tx
    .selectFrom('data_keys')
    .select(['id', 'kek_id', 'wrapped'])
    .where('tenant_id', '=', tenantId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** Writers share the tenant's lock; a rotation waits for them and keeps new ones out until it has committed. */
async function lock(tx: Tx, tenantId: string, purpose: 'use' | 'first' | 'rotate'): Promise<void> {
  if (purpose === 'use')
    await sql`select pg_advisory_xact_lock_shared(hashtextextended(${`vault:${tenantId}`}, 0))`.execute(tx);
  if (purpose === 'rotate')
    await sql`select pg_advisory_xact_lock(hashtextextended(${`vault:${tenantId}`}, 0))`.execute(tx);
  if (purpose === 'first')
    await sql`select pg_advisory_xact_lock(hashtextextended(${`vault-first:${tenantId}`}, 0))`.execute(tx);
}
