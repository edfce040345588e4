/** Settling of what is sent as custom events. After the match; a delta has read no days and settles none. */

import { connectedPortal, noteEntries } from '../../db/events/entries.ts';
import { findOccurrences, planOccurrences } from '../../db/events/plan.ts';
import { describeEvents, type EventPreview } from '../../db/events/preview.ts';
import type { Tx } from '../../db/index.ts';
import type { Run } from '../../db/runs/index.ts';
import type { SettleScope } from '../../db/settle/index.ts';
import type { EventCounts } from '../../sync/event-counts.ts';
import { type EventSpan, oldestDay } from '../../sync/event-days.ts';
import { eventDeliveryOf } from '../../sync/event-mapping.ts';

/** A row without an answer is looked up no earlier: until then HubSpot may not show it. */
const lookUpAfterMs = 60 * 60_000;

/** Undefined: the configuration has no events, or the run is a delta. */
export async function settleEvents(
  tx: Tx,
  { tenantId, object, runId, plan, delta }: SettleScope,
  run: Run,
  spans: readonly EventSpan[],
  now: number,
): Promise<{ counts: EventCounts; preview: EventPreview | undefined } | undefined> {
  const { events } = plan;
  if (events === undefined || delta || run.as_of === null || run.zone === null) return undefined;
  const scope = {
    ...{ tenantId, object, runId, events },
    portal: await connectedPortal(tx, tenantId),
    oldest: oldestDay(run.as_of.getTime(), run.zone),
    lostBefore: new Date(now - lookUpAfterMs),
  };
  const found = await findOccurrences(tx, scope);
  const stopped = events.flatMap(({ source, id, name, stopped: reason }) =>
    reason === undefined ? [] : [{ source, id, name, reason }],
  );
  const counts: EventCounts = { found, ...(stopped.length > 0 ? { stopped } : {}) };
  if (run.dry_run) {
    const { monthlyLimit } = eventDeliveryOf(run.config);
    return { counts, preview: await describeEvents(tx, scope, { monthlyLimit, now: new Date(now) }) };
  }
  await planOccurrences(tx, scope);
  await noteEntries(tx, scope, spans);
  return { counts, preview: undefined };
}
