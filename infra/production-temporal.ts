import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { type ComposeFile, root } from './compose.ts';
import { childEnvironment, type Environment } from './environment.ts';
import type { FindOptions } from './find-temporal.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import { lowPorts } from './ports.ts';
import { productionBinaries } from './production-binaries.ts';
import { GiveUp, waitUntil } from './wait-until.ts';

export interface ProductionTemporalOptions extends FindOptions {
  /** A PostgreSQL whose user may create databases. */
  postgresUrl: string;
  /** Folder for logs. */
  dir: string;
  /** Port of the frontend, below 32768. Default: a free one. */
  port?: number;
  /** docker-compose.yml with its variables filled in: the commands and settings that are run here. */
  compose: ComposeFile;
}

export interface ProductionTemporal {
  /** `host:port` for clients and workers. */
  address: string;
  /** Address of its HTTP API, which the health check of compose asks. */
  httpUrl: string;
  stop(): Promise<void>;
}

/**
 * The Temporal server as compose runs it, without containers: the same version on PostgreSQL, the same settings,
 * the same scripts for schema, namespace and search attributes. Only hosts and ports differ. Builds the server with
 * Go when this machine has not done so before.
 */
export async function startProductionTemporal(options: ProductionTemporalOptions): Promise<ProductionTemporal> {
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  const programs = { ...childEnvironment(options.environment), PATH: await linkPrograms(dir, options) };
  const database = new URL(options.postgresUrl);
  const password = decodeURIComponent(database.password);
  const services = options.compose.services;

  runScript('deploy/temporal-schema.sh', {
    ...programs,
    ...services['temporal-schema']?.environment,
    SQL_HOST: database.hostname,
    SQL_PORT: database.port,
    SQL_USER: database.username,
    SQL_PASSWORD: password,
  });

  const ports = await choosePorts(options.port);
  const logFile = join(dir, 'temporal-server.log');
  const server = startGuarded(join(dir, 'bin/temporal-server'), ['start'], {
    logFile,
    patience: 10,
    cwd: dir,
    env: {
      ...programs,
      ...services.temporal?.environment,
      POSTGRES_SEEDS: database.hostname,
      DB_PORT: database.port,
      POSTGRES_USER: database.username,
      POSTGRES_PWD: password,
      BIND_ON_IP: '127.0.0.1',
      DYNAMIC_CONFIG_FILE_PATH: join(root, 'deploy/temporal-dynamic-config.yaml'),
      ...ports,
    },
  });
  const address = `127.0.0.1:${ports.FRONTEND_GRPC_PORT}`;
  await healthy(address, server, logFile);

  runScript('deploy/temporal-namespace.sh', {
    ...programs,
    ...services['temporal-namespace']?.environment,
    TEMPORAL_ADDRESS: address,
  });
  return { address, httpUrl: `http://127.0.0.1:${ports.FRONTEND_HTTP_PORT}`, stop: () => server.stop() };
}

/** A PATH on which the programs have the names they have in the images. */
async function linkPrograms(dir: string, options: FindOptions): Promise<string> {
  const binaries = await productionBinaries(options);
  const bin = join(dir, 'bin');
  await rm(bin, { recursive: true, force: true });
  await mkdir(bin);
  await symlink(binaries.server, join(bin, 'temporal-server'));
  await symlink(binaries.sql, join(bin, 'temporal-sql-tool'));
  await symlink(binaries.temporal, join(bin, 'temporal'));
  return `${bin}${delimiter}${options.environment.PATH}`;
}

function runScript(script: string, env: Environment): void {
  const run = spawnSync('sh', [join(root, script)], {
    encoding: 'utf8',
    env: { ...env },
    timeout: 180_000,
  });
  if (run.status !== 0) throw new Error(`${script} failed:\n${run.stdout}${run.stderr}${run.error?.message ?? ''}`);
}

/** Every role of the server listens for the others; in a container of its own the usual ports are free. */
async function choosePorts(frontend: number | undefined): Promise<Record<string, string>> {
  const roles = ['FRONTEND', 'MATCHING', 'HISTORY', 'WORKER'];
  const names = roles.flatMap((role) => [`${role}_GRPC_PORT`, `${role}_MEMBERSHIP_PORT`]).concat('FRONTEND_HTTP_PORT');
  const free = await lowPorts(names.length);
  const ports = Object.fromEntries(names.map((name, index) => [name, `${free[index]}`]));
  return frontend === undefined ? ports : { ...ports, FRONTEND_GRPC_PORT: `${frontend}` };
}

async function healthy(address: string, server: GuardedProcess, logFile: string): Promise<void> {
  await waitUntil(
    async () => {
      if (!server.running) {
        const log = existsSync(logFile) ? readFileSync(logFile, 'utf8').slice(-2000) : '';
        throw new GiveUp(`The Temporal server ended while starting. ${log}`);
      }
      const connection = await Connection.connect({ address, connectTimeout: '2s' });
      await connection.healthService.check({ service: 'temporal.api.workflowservice.v1.WorkflowService' });
      await connection.close();
      return true;
    },
    { what: `The production Temporal server answering at ${address}`, timeoutMs: 90_000 },
  );
}
