import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { type RunningPostgres, startPostgres } from '../../infra/postgres.ts';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';

let folder: TemporaryFolder;
const started: RunningPostgres[] = [];

beforeAll(async () => {
  folder = await temporaryFolder('crosswalk-postgres-test');
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});
afterAll(() => folder.remove());

async function start(name: string, url?: string): Promise<RunningPostgres> {
  const server = await startPostgres({
    dataDir: join(folder.path, name),
    durable: false,
    environment: process.env,
    url,
  });
  started.push(server);
  return server;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  test('keeps its data and its address over a restart', async () => {
    const first = await start('restart');
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await first.stop();
    const second = await start('restart');
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  test('is shared by whoever asks for the same folder, and outlives those who only share it', async () => {
    const [a, b] = await Promise.all([start('shared'), start('shared')]);
    const [owner, guest] = a.owned ? [a, b] : [b, a];
    expect([owner.owned, guest.owned]).toEqual([true, false]);
    await guest.stop();
    expect(await query(owner.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  test('starts although a crash left a postmaster.pid whose number another program has now', async () => {
    const first = await start('stale');
    await first.stop();
    const pidFile = join(folder.path, 'stale/cluster/postmaster.pid');
    await writeFile(pidFile, `${process.pid}\n${join(folder.path, 'stale/cluster')}\n0\n1\n\n\n\n`);
    const second = await start('stale');
    expect(second.owned).toBe(true);
  });

  test('starts over where the first set-up was cut short', async () => {
    await mkdir(join(folder.path, 'cut/cluster'), { recursive: true });
    await writeFile(join(folder.path, 'cut/cluster/PG_VERSION'), '18\n');
    expect((await start('cut')).owned).toBe(true);
  });

  test.runIf(process.getuid?.() === 0)('serves root in a folder that only root may enter', async () => {
    const hidden = join(homedir(), `.crosswalk-test-${process.pid}`);
    await mkdir(hidden, { mode: 0o700 });
    try {
      const server = await startPostgres({
        dataDir: join(hidden, 'postgres'),
        durable: false,
        environment: process.env,
      });
      started.push(server);
      expect(await query(server.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    } finally {
      for (const server of started.splice(0)) await server.stop();
      await removeHidden(hidden);
    }
  });

  test('is not started where the address of another is given', async () => {
    const server = await start('unused', inject('postgresUrl'));
    expect(server).toMatchObject({ url: inject('postgresUrl'), owned: false });
    await server.stop();
    expect(await query(inject('postgresUrl'), 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });
});

async function removeHidden(hidden: string): Promise<void> {
  const { readFile, rm } = await import('node:fs/promises');
  const { cluster } = JSON.parse(await readFile(join(hidden, 'postgres/embedded.json'), 'utf8')) as { cluster: string };
  await rm(cluster, { recursive: true, force: true });
  await rm(hidden, { recursive: true, force: true });
}
