/** Seals every credential anew. The only command that opens the database: no API can be trusted with both keys. */
import { readConfig, requireEncryptionKey } from '../config/config.ts';
import { audit } from '../control/audit/audit.ts';
import { systemCaller } from '../control/caller.ts';
import { openDatabase } from '../db/index.ts';
import { createVault, localKeyEncryption } from '../vault/index.ts';
import { misuse } from './problem.ts';

/** Tenant by tenant, each in a transaction of its own: readers never wait, writers for moments. */
export async function rotateCredentials(
  env: Record<string, string | undefined>,
): Promise<{ tenants: number; secrets: number; key: string }> {
  const config = readConfig(env);
  if (config.databaseUrl === undefined) {
    throw misuse('The database is not named.', 'Set DATABASE_URL. The embedded database names its own when it starts.');
  }
  const keys = localKeyEncryption(requireEncryptionKey(config), config.previousEncryptionKey);
  const db = openDatabase({ url: config.databaseUrl, maxConnections: 2 });
  try {
    const vault = createVault(keys);
    await db.platform((tx) => vault.deployment.verify(tx));
    const rows = await db.platform((tx) => tx.selectFrom('data_keys').select('tenant_id').distinct().execute());
    let secrets = 0;
    for (const { tenant_id } of rows) secrets += await db.tenant(tenant_id, (tx) => vault.rotate(tx, tenant_id));
    // Last: until then a process that has the key before only may start, and one that has neither may not.
    await db.platform(async (tx) => {
      await vault.deployment.rewrap(tx);
      const after = { key: keys.current, tenants: rows.length, secrets };
      const entry = { tenantId: null, action: 'encryption.rotated', subject: 'encryption', after };
      await audit(tx, systemCaller('cli'), entry);
    });
    return { tenants: rows.length, secrets, key: keys.current };
  } finally {
    await db.close();
  }
}
