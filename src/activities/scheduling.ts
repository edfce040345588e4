/** Activities of the schedules, not of a run. */
import type { SyncObject } from '../sync/config.ts';
import { scrubbed } from './scrub.ts';

export interface SchedulingDeps {
  /** Queues the daily run unless one is active or the sync is not enabled any more. */
  queueDaily(tenantId: string, object: SyncObject): Promise<{ started: boolean }>;
}

export function createSchedulingActivities(deps: SchedulingDeps) {
  return {
    queueDailyRun: async ({ tenantId, object }: { tenantId: string; object: SyncObject }) => {
      try {
        const { started } = await deps.queueDaily(tenantId, object);
        return { started };
      } catch (error) {
        throw scrubbed(error);
      }
    },
  };
}
export type SchedulingActivities = ReturnType<typeof createSchedulingActivities>;
