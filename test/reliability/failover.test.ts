/** The database goes away in the middle of a run without a word, and comes back: the run ends right, and no row is lost. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { killNow, listProcesses } from '../../chaos/children.ts';
import { endStates } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { type RunningPostgres, startPostgres } from '../../infra/postgres.ts';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { startProxy } from '../db/silent-proxy.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, testedTenant } from '../e2e/tested-tenant.ts';

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

test.each([
  ['while records are read', { vendor: 'hubspot', kind: 'latency', ms: 3000, route: 'GET .*/objects/', count: 1 }],
  ['while values are delivered', { vendor: 'hubspot', kind: 'latency', ms: 3000, route: '/batch/update', count: 1 }],
] as const)(
  '%s: connections fall silent, the server is lost and comes back',
  { timeout: 240_000 },
  async (_, fault) => {
    const tenant = await testedTenant(stack, { world: { contacts: 250, visitors: 260, companies: 40, accounts: 40 } });
    await tenant.configure('visitor', { pull: [], push: [] });
    expectAgreement(await tenant.round('enable', ['visitor']));
    const { pull, push } = tenant.full.visitor;
    await tenant.configure('visitor', { pull, push });
    const before = await tenant.seen();
    await tenant.fault(fault);
    const from = await lastCall(tenant);
    const run = await tenant.start('visitor');
    await waitUntil(
      async () =>
        (await tenant.log(from)).some(({ status, at }) => status === 0 && Date.now() - at > 200) ? true : undefined,
      { what: 'the run is in the middle of its work', timeoutMs: 60_000 },
    );
    proxy.silence();
    await lose();
    postgres = await start();
    proxy.speak();
    // Whoever asks meanwhile may be told that the database does not answer.
    await waitUntil(async () => endStates.includes((await tenant.run(run.id)).state) || undefined, {
      what: 'the run has ended',
      timeoutMs: 120_000,
      everyMs: 500,
    });
    expectAgreement(await tenant.judge(before, from, [run]));
    // What was in flight was sent once more at most, and the next run finds nothing to do.
    const { writes } = await tenant.round('run', ['visitor']);
    expect(writes).toEqual([]);
  },
);
