/** PostgreSQL over TLS: whom we talk to is checked, by the address as libpq writes it. */
import { chown, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningPostgres, startPostgres } from '../../infra/postgres.ts';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { readConfig } from '../../src/config/config.ts';
import { openDatabase } from '../../src/db/index.ts';
import { type Certificates, makeCertificates } from '../setup/certificates.ts';

let folder: TemporaryFolder;
let postgres: RunningPostgres;
let ours: Certificates;
let others: Certificates;
beforeAll(async () => {
  folder = await temporaryFolder('crosswalk-database-tls');
  [ours, others] = await Promise.all([makeCertificates(), makeCertificates()]);
  postgres = await startPostgres({
    dataDir: path.join(folder.path, 'postgres'),
    durable: false,
    environment: process.env,
  });
  await turnTlsOn();
});
afterAll(async () => {
  await postgres?.stop();
  await folder.remove();
});

async function turnTlsOn(): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  const cluster = rows[0]!.data_directory;
  const { uid, gid } = await stat(cluster);
  for (const [name, text] of [
    ['server.crt', ours.server.cert],
    ['server.key', ours.server.key],
  ] as const) {
    await writeFile(path.join(cluster, name), text, { mode: 0o600 });
    await chown(path.join(cluster, name), uid, gid);
  }
  await writeFile(
    path.join(cluster, 'pg_hba.conf'),
    'hostssl all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n',
  );
  await client.query("alter system set ssl = 'on'");
  await client.query('select pg_reload_conf()');
  await client.end();
}

const authority = async ({ authority: { cert } }: Certificates, name: string): Promise<string> => {
  const file = path.join(folder.path, name);
  await writeFile(file, cert);
  return file;
};

/** Whether the connection is encrypted, by the address as a process would read it. */
async function encrypted(query: string): Promise<boolean | undefined> {
  const { databaseUrl } = readConfig({ DATABASE_URL: `${postgres.url}${query}` });
  const db = openDatabase({ url: databaseUrl ?? '', maxConnections: 1 });
  try {
    const { rows } = await sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(
      db.owner,
    );
    return rows[0]?.ssl;
  } finally {
    await db.close();
  }
}

test.each(['verify-full', 'verify-ca', 'require'])(
  'sslmode=%s: a server of our authority, and no other',
  async (mode) => {
    const right = await authority(ours, 'right.pem');
    await waitUntil(() => encrypted(`?sslmode=${mode}&sslrootcert=${right}`), { what: 'TLS is on', timeoutMs: 10_000 });
    expect(await encrypted(`?sslmode=${mode}&sslrootcert=${right}`)).toBe(true);
    const wrong = await authority(others, 'wrong.pem');
    await expect(encrypted(`?sslmode=${mode}&sslrootcert=${wrong}`)).rejects.toThrow(/certificate|signature/);
    // The machine's own authorities know nothing of it.
    await expect(encrypted(`?sslmode=${mode}`)).rejects.toThrow(/certificate|issuer/);
  },
);

test('a server that wants TLS takes nobody without', async () => {
  await expect(encrypted('?sslmode=disable')).rejects.toThrow(/no encryption/);
});
