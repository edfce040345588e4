/** When a schedule would have fired, as Temporal reckons it: it alone knows how it reads a cron expression. */
import type { Client } from '@temporalio/client';
import { msNumberToTs } from '@temporalio/common/lib/time.js';
import type { FellDue } from '../control/ports.ts';
import { syncId } from './names.ts';

export function createFellDue(client: Client): FellDue {
  return async (tenantId, object, from, to) => {
    const { startTime } = await client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId: syncId(tenantId, object),
      startTime: msNumberToTs(from.getTime()),
      endTime: msNumberToTs(to.getTime()),
    });
    return startTime.length > 0;
  };
}
