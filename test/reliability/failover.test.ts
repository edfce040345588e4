/** The database goes away in the middle of a run without a word, and comes back: the run ends right, and no row is lost. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { killNow, listProcesses } from '../../chaos/children.ts';
import type { Stack } from '../../demo/stack.ts';
import { type RunningPostgres, startPostgres } from '../../infra/postgres.ts';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';
import { startProxy } from '../db/silent-proxy.ts';
import { openStack } from '../e2e/open-stack.ts';
import { expectNothingLost, moments, startMidRun } from './mid-run.ts';

/** As they are in production, a sixtieth of it. */
const databaseTimeouts = { short: 1000, statement: 5000, long: 30_000, idle: 3000, grace: 500 };

let folder: TemporaryFolder;
let postgres: RunningPostgres;
let proxy: Awaited<ReturnType<typeof startProxy>>;
let stack: Stack;
const dataDir = (): string => path.join(folder.path, 'postgres');
const start = (): Promise<RunningPostgres> => startPostgres({ dataDir: dataDir(), environment: process.env });

beforeAll(async () => {
  folder = await temporaryFolder('crosswalk-failover');
  postgres = await start();
  proxy = await startProxy(new URL(postgres.url));
  stack = await openStack({ databaseUrl: proxy.url, databaseTimeouts });
});
afterAll(async () => {
  await stack?.stop();
  await proxy?.[Symbol.asyncDispose]();
  await postgres?.stop();
  await folder.remove();
});

/** All of its processes at once, as when the machine is lost. */
async function lose(): Promise<void> {
  const { cluster } = JSON.parse(readFileSync(path.join(dataDir(), 'embedded.json'), 'utf8')) as { cluster: string };
  const head = Number.parseInt(readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8'), 10);
  killNow([head, ...listProcesses().flatMap(({ pid, parent }) => (parent === head ? [pid] : []))]);
  await postgres.stop();
}

test.each(moments)(
  '%s: connections fall silent, the server is lost and comes back',
  { timeout: 240_000 },
  async (_, fault) => {
    const midRun = await startMidRun(stack, fault, { contacts: 250, visitors: 260, companies: 40, accounts: 40 });
    proxy.silence();
    await lose();
    postgres = await start();
    proxy.speak();
    // Whoever asks meanwhile may be told that the database does not answer.
    await expectNothingLost(midRun);
  },
);
