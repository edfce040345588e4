/** The database's disk is full in the middle of a run: the run waits, and ends right once there is room again. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endStates } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { type RunningPostgres, startPostgres } from '../../infra/postgres.ts';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { openStack } from '../e2e/open-stack.ts';
import { expectNothingLost, moments, startMidRun } from './mid-run.ts';

/** Only root may mount a disk of a size of its own. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
const diskMiB = 400;
/** No table has room for a page more. */
const leftBytes = 4096;

let folder: TemporaryFolder;
let postgres: RunningPostgres | undefined;
let stack: Stack | undefined;
const lines: string[] = [];
const disk = (): string => path.join(folder.path, 'disk');
const dataDir = (): string => path.join(disk(), 'postgres');
/** Where it still serves, it is left as it is. */
async function serve(): Promise<RunningPostgres> {
  const serving = await startPostgres({ dataDir: dataDir(), environment: process.env });
  if (serving.owned) postgres = serving;
  return serving;
}

beforeAll(async () => {
  if (!mayMount) return;
  folder = await temporaryFolder('crosswalk-full-disk');
  await mkdir(disk());
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m,mode=0711`, 'tmpfs', disk()]);
  const { url } = await serve();
  stack = await openStack({
    databaseUrl: url,
    log: createLog({ level: 'warn', write: (line) => void lines.push(line) }),
  });
});
afterAll(async () => {
  if (!mayMount) return;
  await stack?.stop();
  await postgres?.stop();
  execFileSync('umount', [disk()]);
  await folder.remove();
});

const full = (): string => path.join(disk(), 'full');

async function fill(): Promise<void> {
  const { bavail, bsize } = await statfs(disk());
  // What is not a whole page of the file system is left over.
  await writeFile(full(), Buffer.alloc(Math.max(0, bavail * bsize - leftBytes), 1));
}

/** What PostgreSQL has logged. */
const logged = (): string => readFileSync(path.join(dataDir(), 'postgres.log'), 'utf8');

test.runIf(mayMount).each(moments)('%s: nothing fails, and nothing is lost', { timeout: 240_000 }, async (_, fault) => {
  const midRun = await startMidRun(stack!, fault, { contacts: 400, visitors: 420, companies: 40, accounts: 40 });
  const { tenant, run } = midRun;
  const said = lines.length;
  const quiet = logged().length;
  await fill();
  await waitUntil(
    async () =>
      (logged().slice(quiet).includes('No space left on device') &&
        lines.slice(said).some((line) => line.includes('the database is away'))) ||
      undefined,
    {
      what: 'the run meeting the full disk',
      timeoutMs: 60_000,
      everyMs: 200,
    },
  );
  await sleep(3000);
  // It reads still, unless the server has ended because it could not write its log.
  const seen = await stack!.api
    .get<{ state: string }>(`/v1/tenants/${tenant.id}/runs/${run.id}`)
    .catch(() => undefined);
  expect(endStates).not.toContain(seen?.state);
  await rm(full());
  await serve();
  await expectNothingLost(midRun);
});
