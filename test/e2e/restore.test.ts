/** What the runbooks for backup and restore promise: the scripts are run as an operator would. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, createApi } from '../../demo/api.ts';
import { type Stack, startStack } from '../../demo/stack.ts';
import { migrate } from '../../src/db/index.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { emptyDatabase, type FreshDatabase } from '../setup/database.ts';
import { postgresClient } from '../setup/postgres-client.ts';
import { workflowBundle } from '../setup/temporal.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { testedTenant } from './tested-tenant.ts';

const run = promisify(execFile);
let folder: string;
let programs: string;
let stack: Stack;
let elsewhere: FreshDatabase;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'crosswalk-restore-'));
  programs = await postgresClient();
  stack = await openStack();
  elsewhere = await emptyDatabase();
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await elsewhere?.drop();
  await rm(folder, { recursive: true, force: true });
});

function script(name: 'backup' | 'restore', databaseUrl: string, file: string) {
  const env = { PATH: `${programs}:${process.env.PATH}`, CROSSWALK_MIGRATION_DATABASE_URL: databaseUrl };
  return run('sh', [path.join(import.meta.dirname, '../../deploy', `${name}.sh`), file], { env });
}

/** Another machine: a Temporal that knows nothing, the restored database, and the same vendors. */
async function openElsewhere(): Promise<Stack> {
  const { now } = await createApi(stack.sandbox.adminUrl).get<{ now: number }>('/admin/clock');
  return startStack({
    dataDir: folder,
    databaseUrl: elsewhere.url,
    sandbox: stack.sandbox,
    now,
    settings: { CROSSWALK_ENCRYPTION_KEY: stack.env.CROSSWALK_ENCRYPTION_KEY as string },
    limits: { perSecond: 1000, burst: 10_000, failuresPerMinute: 30 },
    log: createLog({ level: 'silent' }),
    worker: { workflowBundle: workflowBundle(), sweepMs: 500, graceMs: 2000, readBackMs: 1500 },
  });
}

test('a backup that is restored elsewhere converges in one run, and the next one writes nothing', async () => {
  const file = path.join(folder, 'crosswalk.dump');
  let api: Api = stack.api;
  const current: Api = {
    get: (at) => api.get(at),
    post: (at, body) => api.post(at, body),
    put: (at, body) => api.put(at, body),
    patch: (at, body) => api.patch(at, body),
    delete: (at) => api.delete(at),
  };
  const moved = { api: current, sandbox: stack.sandbox, setClock: (now: number) => stack.setClock(now) };
  const tenant = await testedTenant(moved, { world: { contacts: 120, visitors: 130, companies: 40, accounts: 45 } });
  expectAgreement(await tenant.round('enable'));
  await script('backup', stack.databaseUrl, file);
  expect((await stat(file)).mode & 0o077).toBe(0);
  // What the backup does not know: a day of changes, and the run that carried them over.
  await tenant.nextDay(0.2);
  expectAgreement(await tenant.round());
  await stack.worker?.stop();

  await script('restore', elsewhere.url, file);
  const second = await openElsewhere();
  try {
    api = second.api;
    moved.setClock = (to) => second.setClock(to);
    await tenant.nextDay(0.2, 2);
    const first = await tenant.round();
    expect(first.findings).toEqual([]);
    expect(first.judged.map(({ run: { state } }) => state)).toEqual(['succeeded', 'succeeded']);
    const next = await tenant.round();
    expect(next.findings).toEqual([]);
    expect(next.writes).toEqual([]);
  } finally {
    await second.stop();
  }
}, 240_000);

test('an owner that is no superuser backs up and restores the rows of every tenant', async () => {
  await using from = await emptyDatabase();
  await using to = await emptyDatabase();
  const owner = `owner_${randomBytes(4).toString('hex')}`;
  await query(from.url, `create role ${owner} login createrole password 'owner'`);
  try {
    for (const { url } of [from, to]) {
      const database = new URL(url).pathname.slice(1);
      await query(
        url,
        `alter database ${database} owner to ${owner}; grant crosswalk_app to ${owner} with admin option`,
      );
    }
    await migrate(signedInAs(from.url, owner));
    await query(from.url, `insert into tenants (id, name) values ('t_managed', 'Managed')`);
    const file = path.join(folder, 'managed.dump');
    await script('backup', signedInAs(from.url, owner), file);
    await script('restore', signedInAs(to.url, owner), file);
    expect(await migrate(signedInAs(to.url, owner))).toEqual([]);
    expect(await query(to.url, 'select id, name from tenants')).toEqual([{ id: 't_managed', name: 'Managed' }]);
  } finally {
    for (const { url } of [from, to])
      await query(url, `reassign owned by ${owner} to current_user; drop owned by ${owner}`);
    await query(from.url, `drop role ${owner}`);
  }
}, 60_000);

function signedInAs(url: string, name: string): string {
  const other = new URL(url);
  [other.username, other.password] = [name, 'owner'];
  return other.href;
}

async function query<T>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}

test('a backup is not restored over anything', async () => {
  const file = path.join(folder, 'whole.dump');
  await script('backup', stack.databaseUrl, file);
  await expect(script('restore', stack.databaseUrl, file)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not empty'),
  });
}, 60_000);

test('a backup that broke off leaves no file that looks like one', async () => {
  const file = path.join(folder, 'none.dump');
  await expect(script('backup', 'postgres://nobody@127.0.0.1:1/none', file)).rejects.toMatchObject({ code: 1 });
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
});
