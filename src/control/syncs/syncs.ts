/** The configuration of a tenant's two syncs. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { type SyncConfig, type SyncObject, syncConfigSchema } from '../../sync/config.ts';
import { gapHours } from '../../sync/cron-days.ts';
import { resolvedConfig } from '../../sync/resolved-config.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { requireConnectionsGood } from '../connections/checks.ts';
import { addedNeeds } from '../connections/scopes.ts';
import { afterCommit, type Control, inTenant } from '../control.ts';
import { type FieldProblem, invalid, notConfigured } from '../errors.ts';
import type { Sync } from '../runs/start.ts';
import { isSameJson } from '../same-json.ts';
import { type ConfigCheck, checkConfig, isOn } from './config-check.ts';
import { requireRoomForMappings } from './mapping-quota.ts';
import { otherWriterError } from './other-writers.ts';
import { scheduleWarnings } from './schedule-check.ts';
import { getVersion, noteVersion, requireUnchanged } from './versions.ts';

export function listSyncs(control: Control, caller: Caller, tenantId: string): Promise<Sync[]> {
  return inTenant(control, caller, 'read', tenantId, (tx) =>
    tx.selectFrom('syncs').selectAll().where('tenant_id', '=', tenantId).orderBy('object', 'desc').execute(),
  );
}

export function getSync(control: Control, caller: Caller, tenantId: string, object: SyncObject): Promise<Sync> {
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const sync = await findSync(tx, tenantId, object);
    if (sync === undefined) throw notConfigured(object);
    return sync;
  });
}

export interface PutSync {
  sync: Sync;
  changed: boolean;
  /** What was stored all the same. */
  warnings: FieldProblem[];
}

/**
 * Sets the configuration. What changes is checked against both vendors' definitions where they are connected, so a mapping
 * with an unknown property is refused here; before that, only for itself. An active run keeps the one it opened with.
 * @param options.from the version that the change was made from, where the caller knows; 0: there was none
 * @throws `CHANGED_MEANWHILE`, `MAPPING_QUOTA`, `MAPPING_INVALID` with one field problem per mistake; of a sync that is on also `ALREADY_WRITTEN` and `CHECKS_FAILED`.
 */
export async function putSync(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  given: SyncConfig,
  options: { restoredFrom?: number | undefined; from?: number | undefined } = {},
): Promise<PutSync> {
  const before = await inTenant(control, caller, 'operate', tenantId, (tx) => findSync(tx, tenantId, object));
  // What is stored already has its names: an entry that comes without them is that very one.
  const known = resolvedConfig(object, given, before?.config, {});
  if (before !== undefined && isSameJson(before.config, known)) {
    return { sync: before, changed: false, warnings: scheduleWarnings(given.schedule, control.clock()) };
  }
  await inTenant(control, caller, 'operate', tenantId, (tx) => requireUnchanged(tx, before, options.from));
  const check = await checkConfig(control, tenantId, object, known, before);
  requireSound(check);
  const { config } = check;
  if (isOn(before)) {
    if (check.conflicts.length > 0) throw otherWriterError(check.conflicts);
    const needs = addedNeeds(object, before.config, config);
    if (needs !== undefined) await requireConnectionsGood(control, caller, tenantId, needs);
  }
  const written = await inTenant(
    control,
    caller,
    'operate',
    tenantId,
    async (tx) => {
      const standing = await findSync(tx, tenantId, object, true);
      await requireUnchanged(tx, standing, options.from);
      await requireRoomForMappings(tx, control, { tenantId, object, config, standing });
      const gap_hours = gapHours(config.schedule.cron, control.clock());
      const sync = await tx
        .insertInto('syncs')
        .values({ tenant_id: tenantId, object, config: JSON.stringify(config), reason: null, gap_hours })
        .onConflict((on) =>
          on.columns(['tenant_id', 'object']).doUpdateSet({
            config: JSON.stringify(config),
            gap_hours,
            version: sql`syncs.version + 1`,
            updated_at: sql`now()`,
          }),
        )
        .returningAll()
        .executeTakeFirstOrThrow();
      await noteVersion(tx, caller, sync, { standing, restoredFrom: options.restoredFrom });
      await audit(tx, caller, {
        tenantId,
        action: 'sync.configured',
        subject: `sync:${object}`,
        before: standing?.config,
        after: config,
      });
      if (options.restoredFrom !== undefined) {
        const after = { version: sync.version, from: options.restoredFrom };
        await audit(tx, caller, { tenantId, action: 'sync.restored', subject: `sync:${object}`, after });
      }
      return sync;
    },
    { lock: 'share' },
  );
  await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  // Of a sync that is off, what others write is only worth knowing: enabling it is what they stand against.
  return { sync: written, changed: true, warnings: [...check.warnings, ...check.conflicts] };
}

/** Makes the configuration of an earlier version the present one: a new version, checked like any other. @throws as `putSync` */
export async function restoreVersion(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  version: number,
): Promise<PutSync> {
  await inTenant(control, caller, 'operate', tenantId, async () => undefined);
  const { config } = await getVersion(control, caller, tenantId, object, version);
  // What was stored by an earlier release may lack settings that have come since.
  return putSync(control, caller, tenantId, object, syncConfigSchema.parse(config), { restoredFrom: version });
}

/** What would be said of a configuration, or of the one that is stored. Stores nothing. */
export async function checkSync(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  config: SyncConfig | undefined,
): Promise<ConfigCheck> {
  const stored = await inTenant(control, caller, 'operate', tenantId, (tx) => findSync(tx, tenantId, object));
  const asked = config ?? stored?.config;
  if (asked === undefined) throw notConfigured(object);
  return checkConfig(control, tenantId, object, asked);
}

/** @throws `MAPPING_INVALID`. */
export function requireSound({ problems }: Pick<ConfigCheck, 'problems'>): void {
  if (problems.length > 0) {
    throw invalid(
      'MAPPING_INVALID',
      `The configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}: ${problems[0]?.message}`,
      problems[0]?.fix ?? 'Correct the fields named here. Nothing was changed.',
      problems,
    );
  }
}

export async function findSync(tx: Tx, tenantId: string, object: SyncObject, lock = false): Promise<Sync | undefined> {
  const query = tx.selectFrom('syncs').selectAll().where('tenant_id', '=', tenantId).where('object', '=', object);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}
