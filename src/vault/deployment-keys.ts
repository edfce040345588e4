/**
 * Keys of the deployment itself, as the one that signs the audit trail. They are wrapped by the encryption key, so they also show
 * whether a process was started with the right one.
 */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { KeyEncryption } from './key-encryption.ts';

export interface DeploymentKeys {
  /** 32 random bytes, made at their first use. Needs a transaction of the platform, as all of these do. */
  get(tx: Tx, name: string): Promise<Buffer>;
  /** Wraps all of them anew with the current encryption key. */
  rewrap(tx: Tx): Promise<void>;
  /** Compares the encryption key with what the database was sealed with. @throws WrongEncryptionKey */
  verify(tx: Tx): Promise<void>;
}

/** A process was started with another encryption key than the database's. */
export class WrongEncryptionKey extends Error {
  override name = 'WrongEncryptionKey';
  readonly code = 'ENCRYPTION_KEY_WRONG';
  constructor(given: string, stored: readonly string[], options?: ErrorOptions) {
    super(
      `the encryption key does not open this database: what is stored was sealed with ${stored.join(' and ')}, and the key that was given is ${given}`,
      options,
    );
  }
}

const context = (name: string) => ['deployment', name];

export function createDeploymentKeys(keys: KeyEncryption): DeploymentKeys {
  const find = (tx: Tx, name: string) =>
    tx.selectFrom('deployment_keys').selectAll().where('name', '=', name).executeTakeFirst();

  const get: DeploymentKeys['get'] = async (tx, name) => {
    const row = await find(tx, name);
    if (row !== undefined) return keys.unwrap(row.wrapped, row.kek_id, context(name));
    const wrapped = await keys.wrap(randomBytes(32), context(name));
    await tx
      .insertInto('deployment_keys')
      .values({ name, kek_id: keys.current, wrapped })
      .onConflict((on) => on.column('name').doNothing())
      .execute();
    return get(tx, name);
  };

  return {
    get,
    rewrap: async (tx) => {
      const rows = await tx.selectFrom('deployment_keys').selectAll().forUpdate().execute();
      for (const { name, kek_id, wrapped } of rows) {
        const key = await keys.unwrap(wrapped, kek_id, context(name));
        await tx
          .updateTable('deployment_keys')
          .set({ kek_id: keys.current, wrapped: await keys.wrap(key, context(name)) })
          .where('name', '=', name)
          .execute();
      }
    },
    verify: async (tx) => {
      const { rows } = await sql<{ kek_id: string }>`
        select kek_id from data_keys union select kek_id from deployment_keys order by 1`.execute(tx);
      const unknown = rows.map((row) => row.kek_id).filter((id) => !keys.knows(id));
      if (unknown.length > 0) throw new WrongEncryptionKey(keys.current, unknown);
      try {
        await get(tx, signingKey);
      } catch (cause) {
        throw new WrongEncryptionKey(keys.current, [keys.current], { cause });
      }
    },
  };
}

/** Of the audit trail's heads. There is one from the first start on. */
export const signingKey = 'audit';
