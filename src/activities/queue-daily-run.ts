/** Activities of the schedules, not of a run. */
import type { SyncObject } from '../sync/config.ts';
import { scrubbed } from './step/scrub.ts';

export interface SchedulingDeps {
  /** Queues the daily run, or a delta, unless one is active or the sync is not enabled any more. */
  queueDaily(tenantId: string, object: SyncObject, scope: 'full' | 'delta'): Promise<{ started: boolean }>;
}

export function createSchedulingActivities(deps: SchedulingDeps) {
  return {
    queueDailyRun: async (input: { tenantId: string; object: SyncObject; scope?: 'delta' }) => {
      try {
        const { started } = await deps.queueDaily(input.tenantId, input.object, input.scope ?? 'full');
        return { started };
      } catch (error) {
        throw scrubbed(error);
      }
    },
  };
}
export type SchedulingActivities = ReturnType<typeof createSchedulingActivities>;
