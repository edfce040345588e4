import type { temporal } from '@temporalio/proto';
import type { Stack } from '../../demo/stack.ts';
import { syncId } from '../../src/orchestration/names.ts';
import type { SyncObject } from '../../src/sync/config.ts';

type History = temporal.api.history.v1.IHistory;

/** Everything that Temporal keeps of a sync's newest run, in one execution. */
export function historyOf(stack: Stack, tenant: { id: string }, object: SyncObject): Promise<History> {
  return stack.services.client.workflow.getHandle(syncId(tenant.id, object)).fetchHistory();
}
