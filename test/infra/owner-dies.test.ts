import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPortFree } from '../../infra/ports.ts';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';

interface Owner {
  process: ChildProcess;
  url: string;
  address: string;
}

let folder: TemporaryFolder;
const owners: ChildProcess[] = [];

beforeAll(async () => {
  folder = await temporaryFolder('crosswalk-owner-test');
});
afterAll(async () => {
  for (const owner of owners) owner.kill('SIGKILL');
  await folder.remove();
});

async function startOwner(): Promise<Owner> {
  const program = fileURLToPath(new URL('owner.ts', import.meta.url));
  const { DATABASE_URL: _url, TEMPORAL_ADDRESS: _address, ...env } = process.env;
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
