/**
 * Crosswalk as a process: `npm start -- [all|api|worker|migrate]`, `all` by default. Where no PostgreSQL or Temporal
 * is named, embedded ones are started, with their state in `.crosswalk/`.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../infra/ports.ts';
import { type RunningPostgres, startPostgres } from '../infra/postgres.ts';
import { privateFolder } from '../infra/private-folder.ts';
import { startTemporal } from '../infra/temporal.ts';
import { createApp } from './api/app.ts';
import { serveApp } from './api/serve.ts';
import { type Config, ConfigError, readConfig, requireEncryptionKey } from './config/config.ts';
import { plainHttpWarning } from './config/plain-http.ts';
import { createSecurityLog } from './control/audit/security-log.ts';
import { ensureBootstrapKey } from './control/keys/bootstrap-key.ts';
import { isEmpty, signInLink } from './control/sessions/sign-in-link.ts';
import { checkApplicationRole, migrate, RoleError } from './db/index.ts';
import { searchAttributeNames } from './orchestration/names.ts';
import { openServices } from './services.ts';
import { createLog, type Logger } from './telemetry/log.ts';
import { serveMetrics } from './telemetry/metrics-server.ts';
import { startTracing } from './telemetry/tracing.ts';
import { version } from './version.ts';

/** The built console, where it is there. The API works without it. */
function builtConsole(): string | undefined {
  const folder = path.join(import.meta.dirname, '../console/dist');
  return existsSync(path.join(folder, 'index.html')) ? folder : undefined;
}

const roles = ['all', 'api', 'worker', 'migrate'] as const;
type Role = (typeof roles)[number];

type Infrastructure = Awaited<ReturnType<typeof startInfrastructure>>;

async function main(role: Role): Promise<void> {
  const config = readConfig();
  requireEncryptionKey(config);
  const folder = path.resolve('.crosswalk');
  if (config.databaseUrl === undefined || config.temporal.address === undefined) await privateFolder(folder);
  const postgres = await startPostgres({
    url: config.databaseUrl,
    dataDir: path.join(folder, 'postgres'),
    environment: process.env,
  });
  await migrate(config.migrationDatabaseUrl ?? postgres.url, { application: postgres.applicationUrl });
  if (role !== 'migrate') {
    const stopTracing = await startTracing(process.env, version);
    await run(role, config, await startInfrastructure(config, postgres, folder));
    await stopTracing();
  }
  await postgres.stop();
}

/** What the API and the worker need besides the database. */
async function startInfrastructure(config: Config, postgres: RunningPostgres, folder: string) {
  const log = createLog({ level: config.logLevel });
  const roleWarning = await checkApplicationRole(postgres.applicationUrl);
  if (roleWarning !== undefined) log.warn(roleWarning);
  const temporal = await startTemporal({
    address: config.temporal.address,
    credentials: config.temporal.credentials,
    namespace: config.temporal.namespace,
    dbFile: path.join(folder, 'temporal.db'),
    environment: process.env,
    searchAttributes: searchAttributeNames,
  });
  const publicUrl = config.publicUrl ?? `http://${config.host}:${config.port}`;
  const services = await openServices({
    config,
    databaseUrl: postgres.applicationUrl,
    temporalAddress: temporal.address,
    publicUrl,
    temporalUiUrl: temporal.uiUrl,
    log,
  });
  return { log, temporal, publicUrl, services, security: createSecurityLog(services.control) };
}

/** Runs until a signal, or until the worker dies. */
async function run(role: Exclude<Role, 'migrate'>, config: Config, infrastructure: Infrastructure): Promise<void> {
  const { log, temporal, services, security } = infrastructure;
  const sdkMetricsAddress = config.metricsAddress && role !== 'api' ? `127.0.0.1:${await freePort()}` : undefined;
  const metrics = config.metricsAddress && (await serveMetrics({ ...config.metricsAddress, sdkMetricsAddress }));
  const worker = role === 'api' ? undefined : await services.work(sdkMetricsAddress ? { sdkMetricsAddress } : {});
  const server = role === 'worker' ? undefined : await serve(config, infrastructure);
  log.info(
    { role, api: server?.url, metrics: metrics?.url, docs: server && `${server.url}/docs`, temporal: temporal.uiUrl },
    'Crosswalk is up',
  );
  await stopAskedFor(worker?.ended, log);
  // A second signal finds no handler, and ends the process: runs go on where they stand when it is started again.
  const steps = worker?.steps() ?? 0;
  const waits = [server && 'requests under way', steps > 0 && `${steps} steps of runs (up to half a minute)`].filter(
    Boolean,
  );
  log.info(`Stopping; waiting for ${waits.join(' and ') || 'nothing'}. Press Ctrl-C again to stop at once.`);
  await server?.close();
  await security.flush();
  await worker?.stop();
  await services.close();
  await metrics?.close();
  await temporal.stop();
}

async function serve(config: Config, { log, publicUrl, services, security }: Infrastructure) {
  const { host, port, trustedProxies } = config;
  const app = createApp(services.control, { trustedProxies, consoleFolder: builtConsole(), security });
  const server = await serveApp(app, { host, port });
  const plainHttp = plainHttpWarning(publicUrl);
  if (plainHttp !== undefined) log.warn(plainHttp);
  if (config.bootstrapKey !== undefined) await ensureBootstrapKey(services.control, config.bootstrapKey);
  // Without a terminal this is read from a log, perhaps by others: only where there is no other way to sign in.
  const needsLink = async (): Promise<boolean> => config.bootstrapKey === undefined && isEmpty(services.control);
  if (process.stdout.isTTY || (await needsLink())) {
    const link = await signInLink(services.control, config.publicUrl ?? server.url);
    // For the person at the terminal: not a line of the log.
    if (link !== undefined) console.error(`Open the console within five minutes: ${link}`);
  }
  return server;
}

async function stopAskedFor(workerEnded: Promise<unknown> | undefined, log: Logger): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  const died = workerEnded?.catch((error: unknown) => {
    log.error({ err: error }, 'the worker died');
    process.exitCode = 1;
  });
  await Promise.race([asked, ...(died === undefined ? [] : [died])]);
}

const role = (process.argv[2] ?? 'all') as Role;
if (!roles.includes(role)) {
  console.error(`Unknown role "${role}". One of: ${roles.join(', ')}.`);
  process.exitCode = 2;
} else {
  main(role).catch((error: unknown) => {
    console.error(error instanceof ConfigError || error instanceof RoleError ? error.message : error);
    process.exitCode = 1;
  });
}
