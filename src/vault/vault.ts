/**
 * Credentials at rest. Each tenant has a data key of its own, wrapped by the deployment's key; each secret is sealed
 * with it and bound to its tenant and name. All calls take the caller's transaction, so that a secret and what
 * depends on it change together.
 */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { createDataKeys, type DataKeys } from './data-keys.ts';
import { createDeploymentKeys, type DeploymentKeys } from './deployment-keys.ts';
import { seal, unseal } from './envelope.ts';
import type { KeyEncryption } from './key-encryption.ts';
import { lock } from './lock.ts';
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

export function createVault(keys: KeyEncryption): Vault {
  const dataKeys = createDataKeys(keys);
  return {
    deployment: createDeploymentKeys(keys),

    put: async (tx, tenantId, name, value) => {
      await lock(tx, tenantId, 'use');
      const { id, key } = await dataKeys.current(tx, tenantId);
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
      const key = await dataKeys.open(tenantId, row);
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

    rotate: (tx, tenantId) => rotate(dataKeys, tx, tenantId),
  };
}

async function rotate(dataKeys: DataKeys, tx: Tx, tenantId: string): Promise<number> {
  await lock(tx, tenantId, 'rotate');
  const rows = await tx
    .selectFrom('secrets as s')
    .innerJoin('data_keys as k', (join) => join.onRef('k.tenant_id', '=', 's.tenant_id').onRef('k.id', '=', 's.key_id'))
    .select(['s.name', 's.sealed', 'k.id', 'k.kek_id', 'k.wrapped'])
    .where('s.tenant_id', '=', tenantId)
    .execute();
  const next = rows.length === 0 ? undefined : await dataKeys.add(tx, tenantId);
  for (const row of rows) {
    if (next === undefined) break;
    const plain = unseal(await dataKeys.open(tenantId, row), row.sealed, [tenantId, row.name, row.id]);
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
}
