/**
 * Everything that can be killed, and how it comes back: two workers, the API, Temporal on a file or on PostgreSQL, and
 * PostgreSQL. Whatever ends by itself is started again too, as any supervisor does. The sandbox is the world: it stays.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApi } from '../demo/api.ts';
import { type SandboxProcess, startSandboxProcess } from '../demo/stack.ts';
import { readCompose } from '../infra/compose.ts';
import { lowPorts } from '../infra/ports.ts';
import { startPostgres } from '../infra/postgres.ts';
import { startProductionTemporal } from '../infra/production-temporal.ts';
import { startTemporal } from '../infra/temporal.ts';
import { waitUntil } from '../infra/wait-until.ts';
import { migrate } from '../src/db/index.ts';
import { searchAttributeNames } from '../src/orchestration/names.ts';
import { killNow, listProcesses, spawnRole } from './children.ts';
import type { Victim } from './plan.ts';

export interface Kill {
  victim: Victim;
  at: number;
  /** When it was started again; Infinity until then. */
  backAt: number;
  /** Of a worker. */
  pid?: number;
}

export interface ServersOptions {
  dir: string;
  /** What all clocks say at the start, epoch ms. */
  now: number;
  temporal: 'file' | 'postgres';
  workers: number;
  /** The workflows, bundled once for all starts of a worker. */
  workflowBundle: string;
}

export interface Servers {
  sandbox: SandboxProcess;
  apiUrl: string;
  key: string;
  databaseUrl: string;
  temporalAddress: string;
  kills: Kill[];
  /** Kills now and starts again after a while; resolves when it has been killed. */
  kill(victim: Victim, which: number, downMs: number): Promise<Kill>;
  /** Resolves when every worker works, or has had its time to. */
  workersUp(): Promise<void>;
  /** Process id of a worker. */
  workerPid(which: number): number | undefined;
  /** What Crosswalk's clock says. */
  now(): number;
  /** Resolves when nothing is down any more. */
  allUp(): Promise<void>;
  /** Stops API and workers politely and starts them with another clock. */
  moveClock(now: number): Promise<void>;
  stop(): Promise<void>;
}

/** The one app that the sandbox's HubSpot knows. */
interface OAuthApp {
  clientId: string;
  clientSecret: string;
}

interface Role {
  role: 'worker' | 'api';
  logFile: string;
  child: ChildProcess | undefined;
  /** Where the log stood when this process was started. */
  logFrom: number;
  /** Not to be started again by itself. */
  held: boolean;
}

/** Variables that compose asks for. Nothing here runs in a container, so they are filled in but not used. */
const secrets = [
  'CROSSWALK_DB_PASSWORD',
  'TEMPORAL_DB_PASSWORD',
  'CROSSWALK_ENCRYPTION_KEY',
  'CROSSWALK_BOOTSTRAP_KEY',
  'CROSSWALK_PUBLIC_URL',
];

export async function startServers(options: ServersOptions): Promise<Servers> {
  const { dir } = options;
  await mkdir(dir, { recursive: true });
  const [pgPort, temporalPort, uiPort, apiPort] = (await lowPorts(4)) as [number, number, number, number];
  const sandbox = await startSandboxProcess(['--now', String(options.now)]);
  const { oauth } = await createApi(sandbox.adminUrl).get<{ oauth: OAuthApp }>('/admin/health');
  let offset = options.now - Date.now();
  await createApi(sandbox.adminUrl).put('/admin/clock', { now: Date.now() + offset, running: true });
  const dataDir = path.join(dir, 'postgres');
  const bootPostgres = () => startPostgres({ dataDir, port: pgPort, environment: process.env });
  let postgres = await bootPostgres();
  await migrate(postgres.url);
  const databaseUrl = postgres.url;

  const dbFile = path.join(dir, 'temporal.db');
  const bootTemporal = (): Promise<{ address: string; stop(): Promise<void> }> =>
    options.temporal === 'file'
      ? startTemporal({
          dbFile,
          environment: process.env,
          ports: { grpc: temporalPort, ui: uiPort },
          searchAttributes: searchAttributeNames,
        })
      : startProductionTemporal({
          environment: process.env,
          postgresUrl: databaseUrl,
          dir: path.join(dir, 'temporal'),
          port: temporalPort,
          compose: readCompose(Object.fromEntries(secrets.map((name) => [name, 'unused']))),
        });
  let temporal = await bootTemporal();

  const key = randomBytes(24).toString('hex');
  const env: Record<string, string> = {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    HUBSPOT_BASE_URL: sandbox.hubspotUrl,
    PENDO_BASE_URL: sandbox.pendoUrl,
    CROSSWALK_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    CROSSWALK_CLOCK_OFFSET_MS: String(Math.round(offset)),
    CROSSWALK_LOG_LEVEL: 'info',
    CROSSWALK_BOOTSTRAP_KEY: key,
    CROSSWALK_PORT: String(apiPort),
    CROSSWALK_PUBLIC_URL: `http://127.0.0.1:${apiPort}`,
    HUBSPOT_CLIENT_ID: oauth.clientId,
    HUBSPOT_CLIENT_SECRET: oauth.clientSecret,
    CROSSWALK_SILENCE_MS: '3000',
    CROSSWALK_VENDOR_TIMEOUT_MS: '3000',
    CROSSWALK_WORKFLOW_BUNDLE: options.workflowBundle,
  };
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const kills: Kill[] = [];
  const comingBack = new Set<Promise<void>>();
  let stopping = false;

  const roles: Role[] = [
    { role: 'api' as const, logFile: path.join(dir, 'api.log'), child: undefined, logFrom: 0, held: false },
    ...Array.from({ length: options.workers }, (_, n) => ({
      role: 'worker' as const,
      logFile: path.join(dir, `worker-${n}.log`),
      child: undefined,
      logFrom: 0,
      held: false,
    })),
  ];
  const boot = (role: Role): void => {
    role.logFrom = existsSync(role.logFile) ? statSync(role.logFile).size : 0;
    const child = spawnRole(role.role, env, role.logFile);
    role.child = child;
    child.once('exit', () => {
      if (role.child !== child) return;
      role.child = undefined;
      // It could not start, or gave up: as under any supervisor it is tried again soon.
      if (!role.held && !stopping) setTimeout(() => !role.held && !stopping && !role.child && boot(role), 500);
    });
  };
  for (const role of roles) boot(role);
  const workers = roles.slice(1);

  const bringBack = (kill: Kill, downMs: number, start: () => Promise<void>): void => {
    const back = sleep(downMs)
      .then(start)
      .then(() => {
        kill.backAt = Date.now();
      })
      .finally(() => comingBack.delete(back));
    comingBack.add(back);
    back.catch(() => undefined);
  };

  const killRole = async (role: Role, kill: Kill, downMs: number): Promise<void> => {
    role.held = true;
    const child = role.child;
    kill.at = Date.now();
    if (child?.pid !== undefined) {
      kill.pid = child.pid;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    bringBack(kill, downMs, async () => {
      role.held = false;
      boot(role);
    });
  };

  const postgresPids = (): number[] => {
    const { cluster } = JSON.parse(readFileSync(path.join(dataDir, 'embedded.json'), 'utf8')) as { cluster: string };
    const head = Number.parseInt(readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8'), 10);
    return [head, ...listProcesses().flatMap(({ pid, parent }) => (parent === head ? [pid] : []))];
  };
  const temporalPids = (): number[] => {
    const mark = options.temporal === 'file' ? dbFile : path.join(dir, 'temporal/bin/temporal-server');
    return listProcesses().flatMap(({ pid, command }) =>
      command.includes(mark) && !command.startsWith('/bin/sh') ? [pid] : [],
    );
  };

  const servers: Servers = {
    sandbox,
    apiUrl,
    key,
    databaseUrl,
    temporalAddress: temporal.address,
    kills,
    now: () => Date.now() + offset,
    workerPid: (which) => workers[which % workers.length]?.child?.pid,
    async kill(victim, which, downMs) {
      // One thing may be down while another is killed; the same one must be there to be killed again.
      const before = kills.findLast((one) => one.victim === victim);
      if (before && before.backAt === Number.POSITIVE_INFINITY) {
        await waitUntil(async () => before.backAt !== Number.POSITIVE_INFINITY || undefined, {
          what: `${victim} coming back`,
          timeoutMs: 120_000,
        });
      }
      const kill: Kill = { victim, at: Date.now(), backAt: Number.POSITIVE_INFINITY };
      kills.push(kill);
      if (victim === 'worker') await killRole(workers[which % workers.length] as Role, kill, downMs);
      else if (victim === 'api') await killRole(roles[0] as Role, kill, downMs);
      else if (victim === 'postgres') {
        killNow(postgresPids());
        bringBack(kill, downMs, async () => {
          postgres = await again(bootPostgres);
        });
      } else {
        killNow(temporalPids());
        bringBack(kill, downMs, async () => {
          temporal = await again(bootTemporal);
        });
      }
      return kill;
    },
    async workersUp() {
      const until = Date.now() + 20_000;
      while (Date.now() < until && !workers.every(isUp)) await sleep(100);
    },
    async allUp() {
      while (comingBack.size > 0) await Promise.all(comingBack);
      await waitUntil(async () => (await fetch(`${apiUrl}/health/ready`)).ok || undefined, {
        what: 'the API being ready',
        timeoutMs: 120_000,
        everyMs: 200,
      });
    },
    async moveClock(now) {
      await Promise.all(
        roles.map(async (role) => {
          role.held = true;
          const { child } = role;
          if (child === undefined) return;
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          await ended;
        }),
      );
      offset = now - Date.now();
      env.CROSSWALK_CLOCK_OFFSET_MS = String(Math.round(offset));
      for (const role of roles) {
        role.held = false;
        boot(role);
      }
    },
    async stop() {
      stopping = true;
      await Promise.allSettled(comingBack);
      await Promise.all(
        roles.map(async ({ child }) => {
          if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
          const ended = once(child, 'exit');
          child.kill('SIGKILL');
          await ended;
        }),
      );
      await temporal.stop();
      await postgres.stop();
      await sandbox.stop();
    },
  };
  return servers;
}

/** It says so itself, in a line of its log. */
function isUp({ child, logFile, logFrom }: Role): boolean {
  if (child?.pid === undefined) return false;
  return readFileSync(logFile).subarray(logFrom).includes('Crosswalk is up');
}

/** A server that was killed may need a moment before its port and its files are free. */
async function again<T>(boot: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await boot();
    } catch (error) {
      if (attempt >= 5) throw error;
      await sleep(500 * attempt);
    }
  }
}
