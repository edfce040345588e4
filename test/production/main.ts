/**
 * What docker-compose.yml runs, run without containers: the production Temporal server on a PostgreSQL of its own,
 * and Crosswalk's processes from the image's files with the services' environments, against the sandbox. Ends with
 * status 0 only if the first runs leave exactly what the oracle asks for.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { createApi } from '../../demo/api.ts';
import { type RunView, waitForRun } from '../../demo/runs.ts';
import { type Stack, startSandboxProcess } from '../../demo/stack.ts';
import { createTenant } from '../../demo/tenant.ts';
import { judge, setupOf } from '../../demo/verdict.ts';
import { readCompose } from '../../infra/compose.ts';
import { freePort } from '../../infra/ports.ts';
import { startPostgres } from '../../infra/postgres.ts';
import { serverVersion } from '../../infra/production-binaries.ts';
import { startProductionTemporal } from '../../infra/production-temporal.ts';
import { temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { snapshot } from '../../oracle/index.ts';
import { syncObjects } from '../../src/sync/config.ts';
import { layOutImage } from './image.ts';

const key = randomBytes(24).toString('hex');
const compose = readCompose({
  CROSSWALK_DB_PASSWORD: 'unused',
  CROSSWALK_APP_DB_PASSWORD: 'unused',
  TEMPORAL_DB_PASSWORD: 'unused',
  CROSSWALK_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  CROSSWALK_BOOTSTRAP_KEY: key,
});
const folder = await temporaryFolder('crosswalk-production');
const image = join(folder.path, 'app');
const cleanUp: (() => unknown)[] = [() => folder.remove()];

try {
  say('The files of the image');
  layOutImage(image);

  say('Two PostgreSQL servers, and the Temporal server with its schema, namespace and search attributes');
  const ours = await startPostgres({ dataDir: join(folder.path, 'postgres'), environment: process.env });
  cleanUp.push(() => ours.stop());
  const theirs = await startPostgres({
    dataDir: join(folder.path, 'temporal-postgres'),
    database: 'postgres',
    environment: process.env,
  });
  cleanUp.push(() => theirs.stop());
  const temporal = await startProductionTemporal({
    postgresUrl: theirs.url,
    dir: join(folder.path, 'temporal'),
    compose,
    environment: process.env,
    log: say,
  });
  cleanUp.push(() => temporal.stop());
  await checkTemporal(temporal.httpUrl);

  say('A sandbox HubSpot and Pendo');
  const sandbox = await startSandboxProcess();
  cleanUp.push(() => sandbox.stop());

  const port = await freePort();
  const service = (name: string): NodeJS.ProcessEnv => ({
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    ...compose.services[name]?.environment,
    DATABASE_URL: ours.applicationUrl,
    ...(name === 'migrate' ? { CROSSWALK_MIGRATION_DATABASE_URL: ours.url } : {}),
    TEMPORAL_ADDRESS: temporal.address,
    // Not in this folder: bundled at start.
    CROSSWALK_WORKFLOW_BUNDLE: '',
    HUBSPOT_BASE_URL: sandbox.hubspotUrl,
    PENDO_BASE_URL: sandbox.pendoUrl,
    ...(name === 'api' ? { CROSSWALK_HOST: '127.0.0.1', CROSSWALK_PORT: `${port}` } : {}),
  });

  say('migrate, api, worker');
  const migrated = spawnSync(process.execPath, args('migrate'), {
    cwd: image,
    env: service('migrate'),
    stdio: 'inherit',
  });
  if (migrated.status !== 0) throw new Error('migrate failed');
  for (const name of ['api', 'worker']) {
    const stop = startService(name, service(name));
    cleanUp.push(stop);
    await waitUntil(async () => isHealthy(name, service(name)) || undefined, {
      what: `The health check of ${name} passing`,
      timeoutMs: 60_000,
      everyMs: 500,
    });
    say(`  ${name} is healthy`);
  }

  say('A tenant, connected, mapped and enabled');
  const api = createApi(`http://127.0.0.1:${port}`, key);
  const tenant = await createTenant({ api, sandbox } as unknown as Stack, {
    world: { world: 'production', seed: 1, contacts: 500, visitors: 600, companies: 100, accounts: 120 },
  });
  const before = await snapshot(sandbox.adminUrl, tenant.world.world);
  const runs = await Promise.all(
    syncObjects.map(async (object) => {
      const { run } = await api.post<{ run: RunView }>(`/v1/tenants/${tenant.id}/syncs/${object}/enable`);
      return waitForRun(api, tenant.id, run.id);
    }),
  );
  for (const run of runs) say(`  ${run.object}: ${run.state} ${run.reason?.message ?? ''}`);

  const after = await snapshot(sandbox.adminUrl, tenant.world.world, { events: false });
  const setups = runs.map((run) => setupOf(tenant, run.object, Date.parse(run.asOf ?? '')));
  const { records, findings } = judge(before, after, setups);
  say(`${records} records checked on both sides: ${findings.length} wrong`);
  for (const finding of findings.slice(0, 20)) say(`  ${JSON.stringify(finding)}`);
  say(
    `\nReal: the image's files and packages, docker-compose.yml's commands, environments, health checks and grace periods;`,
  );
  say(
    `  Temporal ${serverVersion()} with its schema on a PostgreSQL of its own; PostgreSQL ${await postgresVersion(ours.url)}`,
  );
  say(
    'Stood in for: containers, by processes of this machine; the image of PostgreSQL, by the same programs; the vendors',
  );
  const passed = findings.length === 0 && runs.every((run) => run.state === 'succeeded');
  say(passed ? 'passed' : 'FAILED');
  process.exitCode = passed ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const step of cleanUp.reverse()) await step();
}

async function postgresVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  return rows[0]?.server_version ?? 'of an unknown version';
}

function say(line: string): void {
  console.log(line);
}

function args(name: string): string[] {
  return compose.services[name]?.command?.slice(1) ?? [];
}

/** The health check of compose's `temporal`, whose address is the only thing that differs. */
async function checkTemporal(httpUrl: string): Promise<void> {
  const checked = new URL(compose.services.temporal?.healthcheck?.test.at(-1) ?? '');
  const reply = await fetch(`${httpUrl}${checked.pathname}`);
  if (!reply.ok) throw new Error(`The health check of temporal answers ${reply.status}`);
}

function isHealthy(name: string, env: NodeJS.ProcessEnv): boolean {
  const [, , ...check] = compose.services[name]?.healthcheck?.test ?? [];
  return spawnSync(process.execPath, check, { cwd: image, env, stdio: 'ignore' }).status === 0;
}

/** @returns how to stop it, as `docker stop` does: asked first, killed after the grace period */
function startService(name: string, env: NodeJS.ProcessEnv): () => Promise<void> {
  const child = spawn(process.execPath, args(name), { cwd: image, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(join(folder.path, `${name}.log`));
  child.stdout.pipe(log);
  child.stderr.pipe(process.stderr);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const grace = Number.parseInt(compose.services[name]?.stop_grace_period ?? '10', 10) * 1000;
  return async () => {
    const patience = setTimeout(() => child.kill('SIGKILL'), grace);
    child.kill('SIGTERM');
    const code = await ended;
    clearTimeout(patience);
    say(`  ${name} ended with ${code ?? 'a kill after its grace period'}`);
    if (code !== 0) process.exitCode = 1;
  };
}
