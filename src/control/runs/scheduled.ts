/** What the Schedules ask for, and what is made good where a full run could not start when it was due. */
import { sql } from 'kysely';
import { active } from '../../db/runs/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import { systemCaller } from '../caller.ts';
import { afterCommit, type Control, inTenant } from '../control.ts';
import { ControlError } from '../errors.ts';
import type { FellDue } from '../ports.ts';
import { alreadyWritten } from '../syncs/other-writers.ts';
import { pauseForReason } from '../syncs/state.ts';
import { findSync } from '../syncs/syncs.ts';
import { noteFullDue } from './full-due.ts';
import { insertRun, lockSync, queueRun, requireOnlyWriter, startQueued } from './start.ts';

type StartDeps = Pick<Control, 'db' | 'starter' | 'log' | 'quotas' | 'schedules'>;

interface SyncName {
  tenantId: string;
  object: SyncObject;
}

const caller = systemCaller('schedule');

/** A schedule fired. A full run that cannot start now stays due; a delta is made good by the next one. */
export async function queueScheduled(
  control: StartDeps,
  name: SyncName,
  scope: 'full' | 'delta',
): Promise<{ started: boolean }> {
  try {
    return await queueRun(control, caller, { ...name, trigger: 'daily', scope });
  } catch (error) {
    await noteRefusal(control, name, error);
    const { tenantId, object } = name;
    if (scope === 'full') await control.db.tenant(tenantId, (tx) => noteFullDue(tx, { tenant_id: tenantId, object }));
    return { started: false };
  }
}

/** Starts the full run that is due, unless a run is going on: its close asks again. Does nothing where none is due. */
export async function startDueRun(control: StartDeps, name: SyncName): Promise<void> {
  const { tenantId, object } = name;
  const isDue = await control.db.tenant(tenantId, async (tx) => (await findSync(tx, tenantId, object))?.full_due_at);
  if (!isDue) return;
  try {
    await requireOnlyWriter(control, caller, name);
    const queued = await inTenant(
      control,
      caller,
      'operate',
      tenantId,
      async (tx, tenant) => {
        const sync = await lockSync(tx, tenantId, object);
        if (sync.full_due_at === null) return undefined;
        return insertRun(tx, control, caller, tenant, sync, { tenantId, object, trigger: 'daily' });
      },
      { lock: 'share' },
    );
    if (queued?.started) await startQueued(control, queued.run);
  } catch (error) {
    await noteRefusal(control, name, error);
  }
}

/** Paused, disabled or disconnected since the schedule fired: the schedule will follow. @throws what is no refusal */
async function noteRefusal(control: StartDeps, { tenantId, object }: SyncName, error: unknown): Promise<void> {
  if (!(error instanceof ControlError)) throw error;
  const { code, message, fix } = error;
  control.log.info({ tenantId, object, code }, 'scheduled run not started');
  if (code !== alreadyWritten) return;
  await pauseForReason(control, systemCaller('engine'), tenantId, object, { code, message, fix });
  await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
}

/** For the sweeper: due runs whose way is free, for instance because their sync was resumed. */
export async function startDueRuns(control: StartDeps): Promise<void> {
  const { rows } = await control.db.platform((tx) =>
    sql<{ tenant_id: string; object: SyncObject }>`
      select s.tenant_id, s.object from syncs s
      join tenants t on t.id = s.tenant_id and t.state = 'active'
      where s.full_due_at is not null and s.state = 'enabled' and not exists (
        select from runs r
        where r.tenant_id = s.tenant_id and r.object = s.object and r.state in ${active})
      order by s.full_due_at limit 1000`.execute(tx),
  );
  for (const { tenant_id: tenantId, object } of rows) await startDueRun(control, { tenantId, object });
}

/** For the sweeper: the schedule of a paused sync does not fire, so a resumed one is asked what it missed. */
export async function noteMissedRuns({ db, log }: Pick<Control, 'db' | 'log'>, fellDue: FellDue): Promise<void> {
  const { rows } = await db.platform((tx) =>
    sql<{ tenant_id: string; object: SyncObject; resumed_at: string; now: Date; last: Date | null }>`
      select tenant_id, object, resumed_at::text, now() as now, (
        select coalesce(r.opened_at, r.queued_at) from runs r
        where r.tenant_id = s.tenant_id and r.object = s.object and r.scope = 'full' and not r.dry_run
        order by r.id desc limit 1) as last
      from syncs s where resumed_at is not null and state = 'enabled' order by resumed_at limit 100`.execute(tx),
  );
  for (const { tenant_id, object, resumed_at, now, last } of rows) {
    try {
      const missed = last !== null && (await fellDue(tenant_id, object, last, now));
      await db.tenant(tenant_id, async (tx) => {
        if (missed) await noteFullDue(tx, { tenant_id, object });
        // As text, for a Date has no microseconds: a sync that was resumed once more meanwhile is asked once more.
        await sql`
          update syncs set resumed_at = null
          where tenant_id = ${tenant_id} and object = ${object} and resumed_at = ${resumed_at}::timestamptz`.execute(
          tx,
        );
      });
    } catch (error) {
      // Its schedule is being made, or Temporal is away: the next look asks again.
      log.info({ tenantId: tenant_id, object, err: error }, 'cannot tell yet whether a full run was missed');
    }
  }
}
