/**
 * Starting a run. The run is queued in the database first; the workflow is started after the commit, and a sweeper
 * starts it where that failed. The engine's daily starter uses the same function.
 */
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { activeStates, clearWork, type Run } from '../../db/runs/index.ts';
import type { Reason, SyncsTable, Trigger } from '../../db/schema.ts';
import { type SyncObject, syncObjects } from '../../sync/config.ts';
import { type Vendor, vendorNames } from '../../sync/legs.ts';
import { traceParent } from '../../telemetry/tracing.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { afterCommit, type Control, inTenant, type Tenant } from '../control.ts';
import { conflict, notConfigured } from '../errors.ts';
import { otherWriterError, otherWriters, readPlaces } from '../syncs/other-writers.ts';
import { clearFullDue, noteFullDue, willReadAll } from './full-due.ts';
import { requireGroundForOne, runActive } from './record-ground.ts';
import { requireRoomForRun } from './run-quota.ts';

export type { Run } from '../../db/runs/index.ts';

export type Sync = Selectable<SyncsTable>;

export interface RunRequest {
  tenantId: string;
  object: SyncObject;
  trigger: Trigger;
  /** Reads and settles, delivers nothing. A preview is always dry. */
  dryRun?: boolean | undefined;
  scope?: 'full' | 'delta' | undefined;
  /** The one record that it is about, instead of a scope. */
  record?: RunRecord | undefined;
}

export interface RunRecord {
  side: Vendor;
  /** As the mirror has it. */
  id: string;
}

export interface QueuedRun {
  run: Run;
  /** False: a run was going on already, and this is it. */
  started: boolean;
}

/**
 * Queues a run and starts it. One at a time per tenant and object: a second request answers with the active one. A
 * run that waits for approval does not block a full run, which closes it as superseded; a delta is answered with it.
 * @throws `NOT_FOUND`, `SYNC_NOT_CONFIGURED`, `RUN_QUOTA`, `TENANT_NOT_ACTIVE`, `SYNC_NOT_ENABLED`, `SYNC_PAUSED`,
 * `NOT_CONNECTED`, `ALREADY_WRITTEN`.
 */
export async function queueRun(
  control: Pick<Control, 'db' | 'starter' | 'log' | 'quotas'>,
  caller: Caller,
  request: RunRequest,
): Promise<QueuedRun> {
  if (request.trigger !== 'preview' && !request.dryRun) await requireOnlyWriter(control, caller, request);
  const queued = await inTenant(
    control,
    caller,
    'operate',
    request.tenantId,
    async (tx, tenant) => {
      const sync = await lockSync(tx, request.tenantId, request.object);
      return insertRun(tx, control, caller, tenant, sync, request);
    },
    { lock: 'share' },
  );
  if (queued.started) await startQueued(control, queued.run);
  return queued;
}

/** Where two syncs that are on write the same fields, that of the elder tenant goes on. @throws `ALREADY_WRITTEN`. */
export async function requireOnlyWriter(
  control: Pick<Control, 'db' | 'log'>,
  caller: Caller,
  { tenantId, object }: { tenantId: string; object: SyncObject },
): Promise<void> {
  const config = await inTenant(control, caller, 'operate', tenantId, (tx) =>
    tx
      .selectFrom('syncs')
      .select('config')
      .where('tenant_id', '=', tenantId)
      .where('object', '=', object)
      .where('state', '=', 'enabled')
      .executeTakeFirst(),
  );
  if (config === undefined) return;
  const places = await readPlaces(control, tenantId);
  const problems = await otherWriters(control, { tenantId, object, ...config, places, eldersOnly: true });
  if (problems.length > 0) throw otherWriterError(problems);
}

/**
 * In the caller's transaction, which holds the sync's row. Call `startQueued` after the commit. However a run is started, it is
 * counted here. @throws `RUN_QUOTA`
 */
export async function insertRun(
  tx: Tx,
  control: Pick<Control, 'quotas'>,
  caller: Caller,
  tenant: Tenant,
  sync: Sync,
  request: RunRequest,
): Promise<QueuedRun> {
  const { tenantId, object, trigger } = request;
  const dryRun = trigger === 'preview' || (request.dryRun ?? false);
  requireRunnable(tenant, sync, dryRun);
  await requireConnected(tx, tenantId);

  const active = await tx
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('state', 'in', activeStates)
    .executeTakeFirst();
  const { record } = request;
  if (active !== undefined) {
    if (record !== undefined) throw runActive(active);
    if (trigger === 'daily' && request.scope !== 'delta' && !willReadAll(active)) await noteFullDue(tx, sync);
    return { run: active, started: false };
  }
  await requireRoomForRun(tx, control, request);
  // A delta would deliver from the very mirror that a guard did not trust.
  const held = await findHeld(tx, tenantId, object);
  if (request.scope === 'delta' && held !== undefined) return { run: held, started: false };
  const now = { tenantId, object, epoch: tenant.epoch, configVersion: sync.version };
  if (record !== undefined) await requireGroundForOne(tx, now, held);
  await closeHeld(tx, tenantId, object, {
    code: 'SUPERSEDED',
    message: 'Another run was started before this one was approved.',
  });
  // A full run that is due does what the delta was asked for, and all else.
  const full = record === undefined && (request.scope !== 'delta' || (sync.full_due_at !== null && !dryRun));
  if (full && !dryRun) await clearFullDue(tx, sync);
  const run = await tx
    .insertInto('runs')
    .values({
      tenant_id: tenantId,
      object,
      trigger,
      dry_run: dryRun,
      scope: full ? 'full' : record === undefined ? 'delta' : 'record',
      epoch: tenant.epoch,
      config: JSON.stringify(sync.config),
      config_version: sync.version,
      requested_by: caller.actor,
      traceparent: traceParent(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  if (record !== undefined) {
    await tx
      .insertInto('run_records')
      .values({ tenant_id: tenantId, run_id: run.id, ...record, asked: true })
      .execute();
  }
  // Pendo's ids name people.
  const named = record?.side === 'hubspot' ? { hubspotId: record.id } : {};
  const after = { run: run.id, trigger, dryRun, scope: run.scope, configVersion: sync.version, ...named };
  await audit(tx, caller, { tenantId, action: 'run.queued', subject: `sync:${object}`, after });
  return { run, started: true };
}

export function startQueued(control: Pick<Control, 'starter' | 'log'>, run: Run): Promise<void> {
  return afterCommit(control, `start of run ${run.id}`, () =>
    control.starter.start({ tenantId: run.tenant_id, object: run.object, runId: run.id }),
  );
}

/** The row that serialises everything that changes a sync or its runs. */
export async function lockSync(tx: Tx, tenantId: string, object: SyncObject): Promise<Sync> {
  const sync = await tx
    .selectFrom('syncs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .forUpdate()
    .executeTakeFirst();
  if (sync === undefined) throw notConfigured(object);
  return sync;
}

async function findHeld(tx: Tx, tenantId: string, object: SyncObject): Promise<Run | undefined> {
  return tx
    .selectFrom('runs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('state', '=', 'held')
    .executeTakeFirst();
}

export async function closeHeld(tx: Tx, tenantId: string, object: SyncObject, reason: Reason): Promise<void> {
  const closed = await tx
    .updateTable('runs')
    .set({ state: 'cancelled', phase: 'close', reason: JSON.stringify(reason), closed_at: sql`now()` })
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('state', '=', 'held')
    .returning('id')
    .execute();
  for (const { id } of closed) await clearWork(tx, id);
}

/** Asks a run that is active to pause, or to go on. */
export async function requestPause(tx: Tx, tenantId: string, object: SyncObject, pause: boolean): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ pause_requested: pause })
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('state', 'in', activeStates)
    .execute();
}

/** Runs that go on are asked to end; those that wait for approval end here. */
export async function cancelActive(
  tx: Tx,
  tenantId: string,
  objects: readonly SyncObject[] = syncObjects,
): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ cancel_requested: true })
    .where('tenant_id', '=', tenantId)
    .where('object', 'in', objects)
    .where('state', 'in', activeStates)
    .execute();
  for (const object of objects) {
    await closeHeld(tx, tenantId, object, {
      code: 'CANCELLED',
      message: 'The sync was stopped before this run was approved.',
    });
  }
}

/** @throws when the tenant or the sync stands in a way in which no such run may start. */
export function requireRunnable(tenant: Tenant, sync: Sync, dryRun: boolean): void {
  if (tenant.state !== 'active') {
    throw conflict('TENANT_NOT_ACTIVE', `The tenant is ${tenant.state}.`, 'Resume the tenant first.');
  }
  if (sync.state === 'paused') {
    const why = sync.reason?.message ?? 'It was paused by a person.';
    throw conflict('SYNC_PAUSED', `The sync is paused. ${why}`, sync.reason?.fix ?? 'Resume the sync first.');
  }
  if (!dryRun && sync.state !== 'enabled') {
    throw conflict(
      'SYNC_NOT_ENABLED',
      'The sync is not enabled, so nothing may be written.',
      'Enable it, or ask for a dry run.',
    );
  }
}

async function requireConnected(tx: Tx, tenantId: string): Promise<void> {
  const connections = await tx.selectFrom('connections').selectAll().where('tenant_id', '=', tenantId).execute();
  for (const vendor of ['hubspot', 'pendo'] as const) {
    const connection = connections.find((row) => row.vendor === vendor);
    const name = vendorNames[vendor];
    if (connection === undefined || connection.state === 'disconnected') {
      throw conflict('NOT_CONNECTED', `There is no ${name} connection.`, `Connect ${name} first.`);
    }
    if (connection.state === 'reconnect') {
      throw conflict('RECONNECT_NEEDED', `The ${name} connection stopped working.`, `Connect ${name} again.`);
    }
  }
}
