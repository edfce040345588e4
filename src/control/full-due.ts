/**
 * A scheduled full run that cannot start when it is due stays due, on the sync's row, until a full run is queued. It is
 * started by the close of the run that stood in its way, and else by the sweeper.
 */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { Run } from '../db/runs/index.ts';
import type { SyncObject } from '../sync/config.ts';

interface SyncKey {
  tenant_id: string;
  object: SyncObject;
}

/** Has it not begun, and will it read everything and deliver? Then it is the run that is due. */
export function willReadAll(run: Pick<Run, 'scope' | 'dry_run' | 'as_of'>): boolean {
  return run.scope === 'full' && !run.dry_run && run.as_of === null;
}

/** Since when it is due stays, however often it falls due before it starts. */
export async function noteFullDue(tx: Tx, { tenant_id, object }: SyncKey): Promise<void> {
  await tx
    .updateTable('syncs')
    .set({ full_due_at: sql`coalesce(full_due_at, now())` })
    .where('tenant_id', '=', tenant_id)
    .where('object', '=', object)
    .where('state', 'in', ['enabled', 'paused'])
    .execute();
}

export async function clearFullDue(tx: Tx, { tenant_id, object }: SyncKey): Promise<void> {
  await tx
    .updateTable('syncs')
    .set({ full_due_at: null })
    .where('tenant_id', '=', tenant_id)
    .where('object', '=', object)
    .where('full_due_at', 'is not', null)
    .execute();
}
