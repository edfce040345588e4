/** What the Schedules start: it asks for the daily run, or a delta, and is answered with the running one when there is one. */
import { proxyActivities } from '@temporalio/workflow';
import type { SchedulingActivities } from '../activities/scheduling.ts';
import type { SyncObject } from '../sync/config.ts';

const { queueDailyRun } = proxyActivities<SchedulingActivities>({
  startToCloseTimeout: '1m',
  // For as long as the schedule gives this workflow: a database that is away must not cost the day its full run.
  retry: { initialInterval: '2s', maximumInterval: '1m' },
});

export async function scheduledSync(input: {
  tenantId: string;
  object: SyncObject;
  scope?: 'delta';
}): Promise<{ started: boolean }> {
  return queueDailyRun(input);
}
