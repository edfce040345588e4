/**
 * Everything that Crosswalk needs to run against the sandbox: PostgreSQL, Temporal, the sandbox as a process of its
 * own, the API and a worker. Used by the demo, the end-to-end tests and the benchmark.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Logger } from 'pino';
import { freePort } from '../infra/ports.ts';
import { startPostgres } from '../infra/postgres.ts';
import { startTemporal } from '../infra/temporal.ts';
import { createApp } from '../src/api/app.ts';
import type { Limits } from '../src/api/limits.ts';
import { serveApp } from '../src/api/serve.ts';
import { readConfig } from '../src/config/config.ts';
import { readTemporalAccess } from '../src/config/temporal-access.ts';
import { ensureBootstrapKey } from '../src/control/keys/bootstrap-key.ts';
import { migrate } from '../src/db/index.ts';
import { searchAttributeNames } from '../src/orchestration/names.ts';
import type { RunningWorker, WorkerSettings } from '../src/orchestration/worker.ts';
import { openServices, type ServiceOptions, type Services } from '../src/services.ts';
import { createLog } from '../src/telemetry/log.ts';
import { type Api, createApi } from './api.ts';

export interface StackOptions {
  /** Of another stack: used as it is, and left running. Default: one of its own. */
  sandbox?: SandboxProcess | undefined;
  /** State of the embedded services. */
  dataDir: string;
  /** Given: used as they are; else embedded ones are started. */
  databaseUrl?: string | undefined;
  temporalAddress?: string | undefined;
  /** Epoch ms that sandbox and Crosswalk both believe it is at the start; both clocks run on. Default: real time. */
  now?: number;
  worker?: (Partial<WorkerSettings> & { stepMs?: number; readBackMs?: number; sweepMs?: number }) | false;
  log?: Logger;
  databaseTimeouts?: ServiceOptions['databaseTimeouts'];
  /** Of the API, per key. */
  limits?: Limits;
  /** Of its own where several stacks share one Temporal. */
  taskQueue?: string;
  /** Further settings, as the environment would name them. */
  settings?: Record<string, string> | undefined;
  /** Where the built console is. Left out: the API alone is served. */
  consoleFolder?: string | undefined;
}

export interface SandboxProcess {
  hubspotUrl: string;
  pendoUrl: string;
  adminUrl: string;
  pid: number;
  stop(): Promise<void>;
}

export interface Stack {
  api: Api;
  apiUrl: string;
  /** The bootstrap key that `api` uses. */
  key: string;
  sandbox: SandboxProcess;
  services: Services;
  worker: RunningWorker | undefined;
  temporalUrl: string | undefined;
  temporalAddress: string;
  /** With the owner's rights. */
  databaseUrl: string;
  /** Environment with which a further process (`src/main.ts worker`) joins this stack. */
  env: Record<string, string>;
  /** Moves both clocks, the sandbox's and Crosswalk's; they run on from there. Processes started apart keep theirs. */
  setClock(now: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startSandboxProcess(args: string[] = []): Promise<SandboxProcess> {
  const script = path.join(import.meta.dirname, '../sandbox/main.ts');
  const child = spawn(process.execPath, ['--max-old-space-size=4096', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => {
      throw new Error('the sandbox ended before it was ready');
    }),
  ])) as [string];
  return { ...(JSON.parse(line) as Omit<SandboxProcess, 'pid' | 'stop'>), pid: child.pid as number, stop };
}

export async function startStack(options: StackOptions): Promise<Stack> {
  let offset = options.now === undefined ? 0 : options.now - Date.now();
  const sandbox =
    options.sandbox ?? (await startSandboxProcess(options.now === undefined ? [] : ['--now', String(options.now)]));
  const postgres = await startPostgres({
    url: options.databaseUrl,
    dataDir: path.join(options.dataDir, 'postgres'),
    environment: process.env,
  });
  await migrate(postgres.url, { application: postgres.applicationUrl });
  const access = readTemporalAccess({ ...options.settings, TEMPORAL_ADDRESS: options.temporalAddress });
  if ('problem' in access) throw new Error(access.problem);
  const temporal = await startTemporal({
    address: options.temporalAddress,
    credentials: access.credentials,
    dbFile: path.join(options.dataDir, 'temporal.db'),
    environment: process.env,
    searchAttributes: searchAttributeNames,
  });
  const key = randomBytes(24).toString('hex');
  const env = {
    DATABASE_URL: postgres.applicationUrl,
    TEMPORAL_ADDRESS: temporal.address,
    HUBSPOT_BASE_URL: sandbox.hubspotUrl,
    PENDO_BASE_URL: `${sandbox.pendoUrl}/{region}`,
    // The demo's own: what it stores is the sandbox's, and the key ends with the process.
    CROSSWALK_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    CROSSWALK_CLOCK_OFFSET_MS: String(Math.round(offset)),
    CROSSWALK_LOG_LEVEL: 'warn',
    CROSSWALK_BOOTSTRAP_KEY: key,
    CROSSWALK_PORT: '0',
    // Tests ask for more runs in an hour than anybody should.
    CROSSWALK_RUNS_PER_HOUR: '100000',
    CROSSWALK_FULL_RUNS_PER_DAY: '100000',
    ...(options.taskQueue === undefined ? {} : { TEMPORAL_TASK_QUEUE: options.taskQueue }),
    ...options.settings,
  };
  const config = readConfig(env);
  // Known before anything listens: logins at HubSpot come back to it, and cookies are bound to it.
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const services = await openServices({
    config,
    databaseUrl: postgres.applicationUrl,
    temporalAddress: temporal.address,
    publicUrl,
    temporalUiUrl: temporal.uiUrl,
    log: options.log ?? createLog({ level: 'warn' }),
    ...(options.databaseTimeouts === undefined ? {} : { databaseTimeouts: options.databaseTimeouts }),
    clock: () => Date.now() + offset,
  });
  const server = await serveApp(
    createApp(services.control, { limits: options.limits, consoleFolder: options.consoleFolder }),
    {
      host: '127.0.0.1',
      port,
    },
  );
  await ensureBootstrapKey(services.control, key);
  const worker = options.worker === false ? undefined : await services.work(options.worker);
  return {
    api: createApi(server.url, key),
    apiUrl: server.url,
    key,
    sandbox,
    services,
    worker,
    temporalUrl: temporal.uiUrl,
    temporalAddress: temporal.address,
    databaseUrl: postgres.url,
    env,
    async setClock(now) {
      const admin = createApi(sandbox.adminUrl);
      await admin.put('/admin/clock', { now, running: true });
      offset = now - Date.now();
    },
    async stop() {
      await server.close();
      await worker?.stop();
      await services.close();
      await temporal.stop();
      await postgres.stop();
      if (options.sandbox === undefined) await sandbox.stop();
    },
  };
}
