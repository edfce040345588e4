/** Switching a sync on and off, and stopping it for a while. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { toJsonb } from '../../db/jsonb.ts';
import type { Reason } from '../../db/schema.ts';
import type { SyncObject } from '../../sync/config.ts';
import { audit } from '../audit/audit.ts';
import { authorise, type Caller } from '../caller.ts';
import { requireConnectionsGood } from '../connections/checks.ts';
import { needsOf } from '../connections/scopes.ts';
import { afterCommit, type Control, inTenant, type Tenant } from '../control.ts';
import { conflict } from '../errors.ts';
import {
  cancelActive,
  insertRun,
  lockSync,
  type QueuedRun,
  requestPause,
  type Sync,
  startQueued,
} from '../runs/start.ts';
import { eraseSyncValues } from '../tenants/erase.ts';
import { noteErasure, total } from '../tenants/erasures.ts';
import { checkConfig } from './config-check.ts';
import { otherWriterError, otherWriters, readPlaces } from './other-writers.ts';
import { getSync, requireSound } from './syncs.ts';

/**
 * Checks both connections, the mapping, the schedule and what other syncs write, then switches on: the schedule, and a first
 * run of both legs at once. A run that was paused goes on.
 * @throws `CHECKS_FAILED` with one field problem per failed step, `MAPPING_INVALID`, `ALREADY_WRITTEN`, `CHANGED_MEANWHILE`,
 * `RUN_ACTIVE`.
 */
export async function enableSync(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
): Promise<{ sync: Sync; queued: QueuedRun }> {
  authorise(caller, 'operate', tenantId);
  const draft = await getSync(control, caller, tenantId, object);
  const { config } = draft;
  await requireConnectionsGood(control, caller, tenantId, needsOf(object, config));
  const check = await checkConfig(control, tenantId, object, config);
  requireSound(check);
  if (check.conflicts.length > 0) throw otherWriterError(check.conflicts);

  const result = await change(control, caller, tenantId, object, async (tx, sync, tenant) => {
    if (sync.version !== draft.version) {
      throw conflict('CHANGED_MEANWHILE', 'The configuration was changed during the checks.', 'Try again.');
    }
    const enabled = await setState(tx, caller, sync, 'enabled', null);
    await requestPause(tx, tenantId, object, false);
    const queued = await insertRun(tx, control, caller, tenant, enabled, { tenantId, object, trigger: 'enable' });
    if (!queued.started && queued.run.dry_run) {
      throw conflict('RUN_ACTIVE', `A dry run (${queued.run.id}) is active.`, 'Wait for it, or cancel it.');
    }
    return { sync: enabled, queued };
  });
  await requireStillOnlyWriter(control, caller, result.sync);
  await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  if (result.queued.started) await startQueued(control, result.queued.run);
  else await afterCommit(control, 'resume', () => control.starter.lookNow(tenantId, object));
  return result;
}

/** Two that were enabled at one moment did not see each other: whoever sees the other now gives way, before anything is sent. */
async function requireStillOnlyWriter(control: Control, caller: Caller, sync: Sync): Promise<void> {
  const { tenant_id: tenantId, object, config } = sync;
  const places = await readPlaces(control, tenantId);
  const problems = await otherWriters(control, { tenantId, object, config, places });
  if (problems.length === 0) return;
  await disableSync(control, caller, tenantId, object);
  throw otherWriterError(problems);
}

/** Off: nothing is started any more, and a run that goes on delivers nothing more. History and both sides stay. */
export async function disableSync(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  options: { eraseValues?: boolean | undefined } = {},
): Promise<Sync> {
  const lock = options.eraseValues ? 'update' : 'share';
  const disable = async (tx: Tx, before: Sync, tenant: Tenant): Promise<Sync> => {
    const after = before.state === 'draft' ? before : await setState(tx, caller, before, 'disabled', null);
    await cancelActive(tx, tenantId, [object]);
    if (options.eraseValues) {
      await eraseValues(tx, caller, tenant, object);
    }
    return after;
  };
  const sync = await change(control, caller, tenantId, object, disable, lock);
  await afterCommit(control, 'cancel', () => control.starter.lookNow(tenantId, object));
  await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  return sync;
}

/** With the tenant's row held for update. @returns how many rows. */
export async function eraseValues(tx: Tx, caller: Caller, tenant: Tenant, object: SyncObject): Promise<number> {
  const { id: tenantId } = tenant;
  const counts = await eraseSyncValues(tx, tenant, object);
  const entry = { tenantId, action: 'sync.erased', subject: `sync:${object}`, after: counts };
  await noteErasure(tx, caller, { tenantId, kind: 'sync', object, counts, auditId: await audit(tx, caller, entry) });
  return total(counts);
}

/** Holds a run where it is, and starts none. */
export async function pauseSync(control: Control, caller: Caller, tenantId: string, object: SyncObject): Promise<Sync> {
  const sync = await change(control, caller, tenantId, object, async (tx, before) => {
    if (before.state !== 'enabled' && before.state !== 'paused') throw notEnabled(before);
    const reason = { code: 'PAUSED_BY_PERSON', message: `Paused by ${caller.actor}.`, fix: 'Resume the sync.' };
    const after = before.state === 'paused' ? before : await setState(tx, caller, before, 'paused', reason);
    await requestPause(tx, tenantId, object, true);
    return after;
  });
  await afterCommit(control, 'pause', () => control.starter.lookNow(tenantId, object));
  await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  return sync;
}

/** Goes on where it was paused, whatever it was paused for: what is still wrong pauses it again. */
export async function resumeSync(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
): Promise<Sync> {
  const sync = await change(control, caller, tenantId, object, async (tx, before, tenant) => {
    if (before.state !== 'enabled' && before.state !== 'paused') throw notEnabled(before);
    if (tenant.state !== 'active') {
      throw conflict('TENANT_NOT_ACTIVE', `The tenant is ${tenant.state}.`, 'Resume the tenant first.');
    }
    const after = before.state === 'enabled' ? before : await setState(tx, caller, before, 'enabled', null);
    await requestPause(tx, tenantId, object, false);
    return after;
  });
  await afterCommit(control, 'resume', () => control.starter.lookNow(tenantId, object));
  await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  return sync;
}

/** For the engine: what only a person can fix stops the sync and says so. Idempotent. */
export async function pauseForReason(
  control: Pick<Control, 'db'>,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  reason: Reason,
): Promise<void> {
  await inTenant(control, caller, 'operate', tenantId, async (tx) => {
    const sync = await lockSync(tx, tenantId, object);
    if (sync.state === 'enabled') await setState(tx, caller, sync, 'paused', reason);
  });
}

function change<T>(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  work: (tx: Tx, sync: Sync, tenant: Tenant) => Promise<T>,
  lock: 'share' | 'update' = 'share',
): Promise<T> {
  return inTenant(
    control,
    caller,
    'operate',
    tenantId,
    async (tx, tenant) => work(tx, await lockSync(tx, tenantId, object), tenant),
    { lock },
  );
}

async function setState(
  tx: Tx,
  caller: Caller,
  sync: Sync,
  state: Sync['state'],
  reason: Reason | null,
): Promise<Sync> {
  const after = await tx
    .updateTable('syncs')
    .set({
      state,
      reason: reason === null ? null : toJsonb(reason),
      updated_at: sql`now()`,
      ...(state === 'enabled' && sync.state === 'paused' ? { resumed_at: sql`now()` } : {}),
    })
    .where('tenant_id', '=', sync.tenant_id)
    .where('object', '=', sync.object)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (sync.state !== state) {
    await audit(tx, caller, {
      tenantId: sync.tenant_id,
      action: `sync.${state === 'enabled' && sync.state === 'paused' ? 'resumed' : state}`,
      subject: `sync:${sync.object}`,
      before: { state: sync.state },
      after: { state, ...(reason && { reason: reason.code }) },
    });
  }
  return after;
}

function notEnabled(sync: Sync) {
  return conflict('SYNC_NOT_ENABLED', `The sync is ${sync.state}.`, 'Enable it first.');
}
