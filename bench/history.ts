/** What a run costs in Temporal, from its workflow's history. */
import proto from '@temporalio/proto';
import { syncId } from '../src/orchestration/names.ts';
import type { Bench, Ground } from './ground.ts';

const { EventType } = proto.temporal.api.enums.v1;

/** Events that Temporal's price list counts as actions. */
const actions: ReadonlySet<unknown> = new Set([
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
  EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
  EventType.EVENT_TYPE_TIMER_STARTED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
  EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
]);
/** Heartbeats count too, and leave no event: at most one in so long while a step is going on. */
const heartbeatMs = 5000;

/** Of the tenant's last run. */
export async function historyOf({ stack }: Ground, { tenant }: Bench): Promise<{ events: number; actions: number }> {
  const { events } = await stack.services.client.workflow.getHandle(syncId(tenant.id, 'visitor')).fetchHistory();
  const list = events ?? [];
  let counted = 0;
  const at = ({ eventTime }: (typeof list)[number]): number =>
    Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
  for (const event of list) {
    if (actions.has(event.eventType)) counted++;
    const began = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    const scheduled = began ? list.find(({ eventId }) => String(eventId) === String(began)) : undefined;
    if (scheduled) counted += Math.floor((at(event) - at(scheduled)) / heartbeatMs);
  }
  return { events: list.length, actions: counted };
}
