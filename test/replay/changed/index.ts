/** The run's workflow as somebody might change it without thinking of the runs that are under way: it settles first. */
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../../src/activities/index.ts';
import type { RunRef } from '../../../src/activities/types.ts';

const steps = proxyActivities<Activities>({ startToCloseTimeout: '5m' });

export async function syncRun(ref: RunRef): Promise<{ state: string }> {
  await steps.openRun(ref);
  await steps.settle(ref);
  return steps.closeRun(ref, { kind: 'finished' });
}
