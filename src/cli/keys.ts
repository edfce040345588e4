/** `crosswalk keys`: the deployment's encryption key, and API keys. */
import type { Command } from 'commander';
import { readConfig, requireEncryptionKey } from '../config.ts';
import { openDatabase } from '../db/index.ts';
import { createVault, localKeyEncryption } from '../vault/index.ts';
import type { ApiClient } from './api-client.ts';
import type { Terminal } from './terminal.ts';

export function keyCommands(program: Command, client: () => ApiClient, terminal: Terminal): void {
  const keys = program.command('keys').description('encryption key and API keys');

  keys
    .command('rotate')
    .description('seal every credential anew under CROSSWALK_ENCRYPTION_KEY, while everything runs')
    .action(async () => {
      const config = readConfig(terminal.env);
      if (config.databaseUrl === undefined) {
        throw new Error('DATABASE_URL is needed. The embedded database names it when it starts.');
      }
      const keys = localKeyEncryption(requireEncryptionKey(config), config.previousEncryptionKey);
      const { tenants, secrets } = await rotateAll(config.databaseUrl, keys);
      terminal.print(`Sealed ${secrets} credentials of ${tenants} tenants under the key ${keys.current}.`);
      terminal.print('CROSSWALK_PREVIOUS_ENCRYPTION_KEY can be taken away once every process runs with the new key.');
    });

  keys
    .command('create')
    .description('make an API key; it is printed once')
    .requiredOption('-n, --name <name>')
    .requiredOption('-s, --scopes <scopes>', 'of read, operate and admin, separated by commas')
    .option('-t, --tenant <id>', 'bind it to one tenant')
    .action(async (options: { name: string; scopes: string; tenant?: string }) => {
      const { secret } = await client().call('POST', '/v1/keys', {
        name: options.name,
        scopes: options.scopes.split(',').map((scope) => scope.trim()),
        ...(options.tenant === undefined ? {} : { tenantId: options.tenant }),
      });
      terminal.print(secret);
    });
}

/** Tenant by tenant, each in a transaction of its own: readers never wait, writers for moments. */
export async function rotateAll(
  databaseUrl: string,
  keys: ReturnType<typeof localKeyEncryption>,
): Promise<{ tenants: number; secrets: number }> {
  const db = openDatabase({ url: databaseUrl, maxConnections: 2 });
  try {
    const vault = createVault(keys);
    const rows = await db.platform((tx) => tx.selectFrom('data_keys').select('tenant_id').distinct().execute());
    let secrets = 0;
    for (const { tenant_id } of rows) secrets += await db.tenant(tenant_id, (tx) => vault.rotate(tx, tenant_id));
    return { tenants: rows.length, secrets };
  } finally {
    await db.close();
  }
}
