/** Puts one process together from its configuration: the database, the vault, the vendors, Temporal. */
import { Client, Connection } from '@temporalio/client';
import { type Config, ConfigError, requireEncryptionKey } from './config/config.ts';
import { checkAlerts } from './control/alerts/check.ts';
import { createAlertEgress } from './control/alerts/egress.ts';
import { createMailer } from './control/alerts/mailer.ts';
import { systemCaller } from './control/caller.ts';
import { loseConnection } from './control/connections/loss.ts';
import { createUsageMeter } from './control/connections/usage-meter.ts';
import { createVendors } from './control/connections/vendors.ts';
import { afterCommit, type Control } from './control/control.ts';
import { startMaintenance } from './control/maintenance/maintenance.ts';
import { noteMissedRuns, queueScheduled, startDueRun, startDueRuns } from './control/runs/scheduled.ts';
import { createIdentityProvider } from './control/sessions/identity-provider.ts';
import { pauseForReason } from './control/syncs/state.ts';
import { noteWritten } from './control/usage/usage.ts';
import { type Database, type DatabaseOptions, openDatabase } from './db/index.ts';
import { stopCause } from './db/runs/index.ts';
import type { Reason, Vendor } from './db/schema.ts';
import { createGuardedFetch, vendorOrigins } from './egress/index.ts';
import { createFellDue } from './orchestration/missed-runs.ts';
import { createSchedules } from './orchestration/schedules.ts';
import { createRunStarter } from './orchestration/starter.ts';
import { startSweeper } from './orchestration/sweeper.ts';
import { type RunningWorker, startWorker, type WorkerSettings } from './orchestration/worker.ts';
import type { SyncObject } from './sync/config.ts';
import { createLog, type Logger } from './telemetry/log.ts';
import { createVault, localKeyEncryption, openSuppression, type Vault, WrongEncryptionKey } from './vault/index.ts';

type WorkSettings = Partial<WorkerSettings> & { stepMs?: number; readBackMs?: number; sweepMs?: number };

export interface Services {
  control: Control;
  client: Client;
  /** Starts a worker in this process, with its sweeper. */
  work(settings?: WorkSettings): Promise<RunningWorker>;
  close(): Promise<void>;
}

export interface ServiceOptions {
  config: Config;
  databaseUrl: string;
  temporalAddress: string;
  publicUrl: string;
  /** Base address of the Temporal UI, for links. */
  temporalUiUrl?: string | undefined;
  log?: Logger;
  /** Epoch ms. Default: the machine's clock and the configured offset. */
  clock?: () => number;
  /** Connections to PostgreSQL. Default 20. */
  maxConnections?: number;
  /** How long a statement may take, and a connection be silent. */
  databaseTimeouts?: DatabaseOptions['timeouts'];
}

/** Before anything is served: else each use of a credential would fail, much later. @throws ConfigError */
async function requireRightKey(db: Database, vault: Vault): Promise<void> {
  try {
    await db.platform((tx) => vault.deployment.verify(tx));
  } catch (error) {
    await db.close();
    if (!(error instanceof WrongEncryptionKey)) throw error;
    throw new ConfigError([
      `CROSSWALK_ENCRYPTION_KEY is not the key of this database (${error.code}): ${error.message}. Give the key that this database was used with. To change keys, give the new one as CROSSWALK_ENCRYPTION_KEY and the old one as CROSSWALK_PREVIOUS_ENCRYPTION_KEY, run "npm run crosswalk -- keys rotate", and only then leave the old one out.`,
    ]);
  }
}

export async function openServices(options: ServiceOptions): Promise<Services> {
  const { config, databaseUrl, temporalAddress, publicUrl } = options;
  const log = options.log ?? createLog({ level: config.logLevel });
  const clock = options.clock ?? ((): number => Date.now() + config.clockOffsetMs);
  const db = openDatabase({
    url: databaseUrl,
    maxConnections: options.maxConnections ?? 20,
    ...(options.databaseTimeouts === undefined ? {} : { timeouts: options.databaseTimeouts }),
  });
  const vault = createVault(localKeyEncryption(requireEncryptionKey(config), config.previousEncryptionKey));
  await requireRightKey(db, vault);
  const overrides = [config.hubspot.baseUrl, config.pendo.baseUrl].filter((url) => url !== undefined);
  const timeout = config.vendorTimeoutMs;
  const guarded = createGuardedFetch({
    allow: [...vendorOrigins, ...overrides],
    ...(timeout === undefined ? {} : { timeouts: { headers: timeout, body: timeout, total: 3 * timeout } }),
  });
  const gate = async (runId: string): Promise<string> => (await db.platform((tx) => stopCause(tx, runId))) ?? 'running';
  const usage = createUsageMeter({ db, log });
  const vendors = createVendors({ db, vault, fetch: guarded.fetch, gate, config, publicUrl, usage });
  const { namespace, taskQueue, credentials } = config.temporal;
  const connection = await Connection.connect({ address: temporalAddress, ...credentials });
  const client = new Client({ connection, namespace });
  const starter = createRunStarter(client, db, taskQueue, config.heartbeatTimeoutMs);
  const schedules = createSchedules(client, db, taskQueue);
  const alerts = createAlertEgress(config.alertOrigins);
  // Of its own: where the operator's entries go, tenants cannot send theirs.
  const audit = config.auditWebhook && createGuardedFetch({ allow: [config.auditWebhook.url], connections: 1 });
  const mail = config.mail && createMailer(config.mail);
  const control: Control = {
    db,
    vault,
    vendors,
    starter,
    schedules,
    clock,
    log,
    publicUrl,
    temporalUrl: options.temporalUiUrl,
    alerts,
    auditWebhook: config.auditWebhook && audit && { ...config.auditWebhook, fetch: audit.fetch },
    mail,
    identityProvider: config.oidc && createIdentityProvider(config.oidc, `${publicUrl}/v1/session/oidc/callback`),
    quotas: config.quotas,
    retention: { auditDays: config.auditDays, evidenceDays: config.evidenceDays, disabledDays: config.disabledDays },
    fourEyes: config.fourEyes,
  };

  return {
    control,
    client,
    work: (settings = {}) => work(options, control, client, settings),
    async close() {
      await connection.close();
      await Promise.all([guarded.close(), alerts.close(), audit?.close(), usage.close()]);
      mail?.close();
      await db.close();
    },
  };
}

/** A worker in this process, and what runs regularly beside it. */
async function work(
  { config, temporalAddress }: ServiceOptions,
  control: Control,
  client: Client,
  settings: WorkSettings,
): Promise<RunningWorker> {
  const { db, vault, vendors, starter, schedules, clock, log } = control;
  const { namespace, taskQueue, credentials } = config.temporal;
  const worker = await startWorker(
    {
      address: temporalAddress,
      credentials,
      namespace,
      taskQueue,
      ...(config.workflowBundle === undefined ? {} : { workflowBundle: { codePath: config.workflowBundle } }),
      ...(config.heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs: config.heartbeatTimeoutMs }),
      ...settings,
    },
    {
      db,
      log,
      clock,
      openVendors: (tenantId, use) => vendors.open(tenantId, use),
      openSuppression: (tx, tenantId) => openSuppression(tx, vault, tenantId),
      pauseSync: (tenantId, object, reason) => pauseSync(db, tenantId, object, reason),
      afterClose: (tenantId, object) => afterClose(control, tenantId, object),
      ...(settings.stepMs === undefined ? {} : { stepMs: settings.stepMs }),
      ...(settings.readBackMs === undefined ? {} : { readBackMs: settings.readBackMs }),
    },
    { queueDaily: (tenantId, object, scope) => queueScheduled(control, { tenantId, object }, scope) },
  );
  const stopSweeper = startSweeper({
    client,
    db,
    starter,
    schedules,
    due: {
      noteMissed: () => noteMissedRuns(control, createFellDue(client)),
      startDue: () => startDueRuns(control),
    },
    log,
    ...(settings.sweepMs === undefined ? {} : { everyMs: settings.sweepMs }),
  });
  const { evidenceDays, runDays, auditDays, disabledDays } = config;
  const stopMaintenance = startMaintenance(control, { evidenceDays, runDays, auditDays, disabledDays });
  return {
    ended: worker.ended,
    steps: worker.steps,
    stop: async () => {
      await Promise.all([stopMaintenance(), stopSweeper(), worker.stop()]);
    },
  };
}

async function pauseSync(db: Database, tenantId: string, object: SyncObject, reason: Reason): Promise<void> {
  const { lost, lostAt = Date.now() } = reason;
  if (lost !== undefined) {
    const gone = await db.tenant(tenantId, (tx) =>
      loseConnection(tx, tenantId, lost as Vendor, reason, new Date(Number(lostAt))),
    );
    // Somebody has connected again meanwhile: there is nothing to pause for.
    if (!gone) return;
  }
  await pauseForReason({ db }, systemCaller('engine'), tenantId, object, reason);
}

/** The run is closed: what fails here is noted and done again by the regular rounds, and closes nothing twice. */
async function afterClose(control: Control, tenantId: string, object: SyncObject): Promise<void> {
  await afterCommit(control, 'due run', () => startDueRun(control, { tenantId, object }));
  await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  await afterCommit(control, 'usage', () => noteWritten(control, tenantId));
  await afterCommit(control, 'alerts', async () => void (await checkAlerts(control, tenantId)));
}
