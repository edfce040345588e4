/** Every version of a sync's configuration, with who made it: the newest ones are kept. */
import type { Tx } from '../../db/index.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { conflict, notConfigured, notFound } from '../errors.ts';
import type { Sync } from '../runs/start.ts';
import { isSameJson } from '../same-json.ts';

/** Of each sync. A configuration can have a hundred kilobytes. */
const kept = 100;

export interface ListedVersion {
  version: number;
  /** Null: not known, as of what version 0.1.0 wrote. */
  changedBy: string | null;
  changedAt: Date;
  restoredFrom: number | null;
}

export interface Version extends ListedVersion {
  config: SyncConfig;
}

/** Newest first. @throws `SYNC_NOT_CONFIGURED` */
export function listVersions(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
): Promise<ListedVersion[]> {
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const rows = await tx
      .selectFrom('sync_versions')
      .select(['version', 'changed_by as changedBy', 'changed_at as changedAt', 'restored_from as restoredFrom'])
      .where('tenant_id', '=', tenantId)
      .where('object', '=', object)
      .orderBy('version', 'desc')
      .limit(kept)
      .execute();
    if (rows.length === 0) throw notConfigured(object);
    return rows;
  });
}

/** @throws `NOT_FOUND` for one that never was, or is no longer kept. */
export function getVersion(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  version: number,
): Promise<Version> {
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const row = await tx
      .selectFrom('sync_versions')
      .select(['version', 'changed_by', 'changed_at', 'restored_from', 'config'])
      .where('tenant_id', '=', tenantId)
      .where('object', '=', object)
      .where('version', '=', version)
      .executeTakeFirst();
    if (row === undefined) throw notFound('version');
    const { changed_by: changedBy, changed_at: changedAt, restored_from: restoredFrom, config } = row;
    return { version, changedBy, changedAt, restoredFrom, config };
  });
}

/**
 * Nobody's change is written over unseen. @param from the version that a change was made from; undefined: whatever there is
 * @throws `CHANGED_MEANWHILE`, with who changed what
 */
export async function requireUnchanged(tx: Tx, standing: Sync | undefined, from: number | undefined): Promise<void> {
  if (from === undefined || from === (standing?.version ?? 0)) return;
  if (standing === undefined) {
    throw conflict('CHANGED_MEANWHILE', 'There is no configuration to change.', 'Send version 0, or none.');
  }
  const { tenant_id: tenantId, object, version, config } = standing;
  const rows = await tx
    .selectFrom('sync_versions')
    .select(['version', 'changed_by', 'config'])
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('version', '>=', from)
    .execute();
  const by = new Set(rows.flatMap((row) => (row.version > from && row.changed_by !== null ? [row.changed_by] : [])));
  const began = rows.find((row) => row.version === from)?.config;
  const parts = Object.keys(config).filter(
    (part) => began !== undefined && !isSameJson(config[part as keyof SyncConfig], began[part as keyof SyncConfig]),
  );
  throw conflict(
    'CHANGED_MEANWHILE',
    `${[...by].join(', ') || 'Somebody'} changed the configuration meanwhile, from version ${from} to ${version}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`,
    'Nothing of yours was stored. Look at the present version, then make your change to it.',
  );
}

/** In the transaction of the change. `standing` is the version before it, which the release before may not have noted. */
export async function noteVersion(
  tx: Tx,
  caller: Caller,
  sync: Sync,
  { standing, restoredFrom = null }: { standing: Sync | undefined; restoredFrom?: number | null | undefined },
): Promise<void> {
  const rows = [
    ...(standing === undefined ? [] : [{ ...rowOf(standing), changed_by: null, changed_at: standing.updated_at }]),
    { ...rowOf(sync), changed_by: caller.actor, restored_from: restoredFrom },
  ];
  for (const row of rows) {
    await tx
      .insertInto('sync_versions')
      .values(row)
      .onConflict((on) => on.columns(['tenant_id', 'object', 'version']).doNothing())
      .execute();
  }
  await tx
    .deleteFrom('sync_versions')
    .where('tenant_id', '=', sync.tenant_id)
    .where('object', '=', sync.object)
    .where('version', '<=', sync.version - kept)
    .execute();
}

function rowOf({ tenant_id, object, version, config }: Sync) {
  return { tenant_id, object, version, config: JSON.stringify(config) };
}
