/** Every version of a sync's configuration, with who made it: the newest ones are kept. */
import type { Tx } from '../../db/index.ts';
import type { Caller } from '../caller.ts';
import type { Sync } from '../runs/start.ts';

/** Of each sync. A configuration can have a hundred kilobytes. */
const kept = 100;

/** In the transaction of the change. `standing` is the version before it, which the release before may not have noted. */
export async function noteVersion(tx: Tx, caller: Caller, sync: Sync, standing: Sync | undefined): Promise<void> {
  const rows = [
    ...(standing === undefined ? [] : [{ ...rowOf(standing), changed_by: null, changed_at: standing.updated_at }]),
    { ...rowOf(sync), changed_by: caller.actor },
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
