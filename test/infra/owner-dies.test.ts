import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { isPortFree } from '../../infra/ports.ts';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';

interface Owner {
  process: ChildProcess;
  url: string;
  address: string;
}

/** What Crosswalk itself has in its environment. */
const secrets = {
  CROSSWALK_ENCRYPTION_KEY: 'a-secret-encryption-key',
  CROSSWALK_BOOTSTRAP_KEY: 'a-secret-bootstrap-key',
  HUBSPOT_CLIENT_SECRET: 'a-secret-of-the-app',
};

let folder: TemporaryFolder;
const owners: ChildProcess[] = [];

beforeAll(async () => {
  folder = await temporaryFolder('crosswalk-owner-test');
});
afterEach(() => {
  for (const owner of owners.splice(0)) owner.kill('SIGKILL');
});
afterAll(() => folder.remove());

async function startOwner(): Promise<Owner> {
  const program = fileURLToPath(new URL('owner.ts', import.meta.url));
  const env = { ...process.env, ...secrets };
  const child = spawn(process.execPath, [program, folder.path], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  owners.push(child);
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error('The owner ended before its servers were up.')),
  );
  const [line] = (await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, 'data'), ended])) as [
    Buffer,
  ];
  ended.catch(() => undefined);
  return { process: child, ...(JSON.parse(line.toString()) as { url: string; address: string }) };
}

/** The processes below one, as Linux knows them. */
function descendants(pid: number): number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  return children.flatMap((child) => [Number(child), ...descendants(Number(child))]);
}

function parentOf(pid: string): number | undefined {
  try {
    // The name in brackets may hold anything; behind it come the state and the parent.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return undefined;
  }
}

test.runIf(process.platform === 'linux')(
  'no program that is started for Crosswalk has its secrets',
  async () => {
    const owner = await startOwner();
    const environments = new Map(
      descendants(owner.process.pid!).map((pid) => [
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
        readFileSync(`/proc/${pid}/environ`, 'utf8'),
      ]),
    );
    expect([...environments.keys()].join('\n')).toMatch(/temporal.*server start-dev/);
    expect([...environments.keys()].join('\n')).toMatch(/postgres.* -D /);
    for (const [program, environment] of environments) {
      expect([program, Object.values(secrets).filter((secret) => environment.includes(secret))]).toEqual([program, []]);
      expect([program, environment.match(/(CROSSWALK|HUBSPOT|PENDO)_\w+/g)]).toEqual([program, null]);
    }
  },
  60_000,
);

test('what both servers keep on the disk is for their user only', async () => {
  await startOwner();
  const kept = ['postgres', 'temporal'].flatMap((part) => [
    part,
    ...readdirSync(`${folder.path}/${part}`).map((name) => `${part}/${name}`),
  ]);
  expect(kept).toEqual(
    expect.arrayContaining([
      'postgres/embedded.json',
      'postgres/postgres.log',
      'temporal/server.db',
      'temporal/server.db.log',
    ]),
  );
  for (const name of kept) {
    const { mode, isDirectory } = statOf(`${folder.path}/${name}`);
    // PostgreSQL's user passes through where root starts it.
    const others = mode & (isDirectory && process.getuid?.() === 0 ? 0o066 : 0o077);
    expect([name, others]).toEqual([name, 0]);
  }
}, 60_000);

function statOf(path: string): { mode: number; isDirectory: boolean } {
  const found = statSync(path);
  return { mode: found.mode, isDirectory: found.isDirectory() };
}

test('kill -9 of their owner ends both servers, and the next owner finds everything as it was', async () => {
  const first = await startOwner();
  const database = new pg.Client({ connectionString: first.url });
  database.on('error', () => undefined);
  const disconnected = new Promise<void>((resolve) => database.once('end', resolve));
  await database.connect();
  await database.query('CREATE TABLE kept AS SELECT 7 AS n');
  const connection = await Connection.connect({ address: first.address });
  await new Client({ connection }).workflow.start('waiting', { taskQueue: 'nobody', workflowId: 'kept' });

  first.process.kill('SIGKILL');
  await disconnected;
  const port = Number(first.address.split(':')[1]);
  await waitUntil(async () => (await isPortFree(port)) || undefined, {
    what: 'The end of the Temporal server',
    timeoutMs: 20_000,
  });
  await connection.close();

  const second = await startOwner();
  expect([second.url, second.address]).toEqual([first.url, first.address]);
  const again = new pg.Client({ connectionString: second.url });
  await again.connect();
  expect((await again.query('SELECT n FROM kept')).rows).toEqual([{ n: 7 }]);
  await again.end();
  const reconnected = await Connection.connect({ address: second.address });
  const { status } = await new Client({ connection: reconnected }).workflow.getHandle('kept').describe();
  await reconnected.close();
  expect(status.name).toBe('RUNNING');
}, 60_000);
