/** PgBouncer in transaction mode, as it stands in front of a managed PostgreSQL: each transaction may get another connection. */
import { chown, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { freePort } from '../../infra/ports.ts';
import { chooseAccount } from '../../infra/postgres-binaries.ts';
import { temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { startProgram } from './program.ts';

const howToGetIt = 'PgBouncer is needed for this test: on Debian and Ubuntu "apt-get install pgbouncer".';

export interface Pooler extends AsyncDisposable {
  /** The address of the same database through the pooler. */
  url: string;
}

/** @param size connections to the server at most, for all clients together */
export async function startPooler(target: string, size: number): Promise<Pooler> {
  const folder = await temporaryFolder('crosswalk-pgbouncer');
  const server = new URL(target);
  const port = await freePort();
  const account = chooseAccount('', process.env);
  const users = path.join(folder.path, 'users.txt');
  const settings = path.join(folder.path, 'pgbouncer.ini');
  await writeFile(users, `"${server.username}" "${server.password}"\n`);
  await writeFile(
    settings,
    [
      '[databases]',
      `* = host=${server.hostname} port=${server.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${users}`,
      'pool_mode = transaction',
      `default_pool_size = ${size}`,
      'max_client_conn = 200',
    ].join('\n'),
  );
  for (const file of [users, settings]) await chown(file, account.uid ?? -1, account.gid ?? -1).catch(() => undefined);
  const program = await startProgram('pgbouncer', ['-q', settings], howToGetIt, {
    ...account,
    env: { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` },
  });
  const through = new URL(target);
  through.host = `127.0.0.1:${port}`;
  await waitUntil(() => answers(through.href), { what: 'PgBouncer answering', timeoutMs: 20_000 });
  return {
    url: through.href,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}

async function answers(url: string): Promise<true> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end();
  }
}
