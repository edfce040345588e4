/** Runs as a person reads them. From PostgreSQL alone. */

import type { RunState } from '../db/schema.ts';
import type { SyncObject } from '../sync/config.ts';
import type { Caller } from './caller.ts';
import { type Control, inTenant } from './control.ts';
import { findRun } from './run-actions.ts';
import type { Run } from './runs.ts';

export interface RunFilter {
  object?: SyncObject | undefined;
  state?: RunState | undefined;
  /** Runs below this id. */
  before?: string | undefined;
  limit: number;
}

export function listRuns(control: Control, caller: Caller, tenantId: string, filter: RunFilter): Promise<Run[]> {
  return inTenant(control, caller, 'read', tenantId, (tx) => {
    let query = tx
      .selectFrom('runs')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .orderBy('id', 'desc')
      .limit(filter.limit);
    if (filter.object !== undefined) query = query.where('object', '=', filter.object);
    if (filter.state !== undefined) query = query.where('state', '=', filter.state);
    if (filter.before !== undefined) query = query.where('id', '<', filter.before);
    return query.execute();
  });
}

export function getRun(control: Control, caller: Caller, tenantId: string, runId: string): Promise<Run> {
  return inTenant(control, caller, 'read', tenantId, (tx) => findRun(tx, tenantId, runId));
}

/** Seconds from opening (or queueing) to the end, or to now. */
export function durationSeconds(run: Run, now: number): number {
  const from = (run.opened_at ?? run.queued_at).getTime();
  return Math.max(0, Math.round(((run.closed_at?.getTime() ?? now) - from) / 1000));
}

/** Seconds until the step that takes longest is done; null when that cannot be told yet. Steps run side by side. */
export function secondsLeft(run: Run): number | null {
  const open = Object.values(run.progress).filter((step) => step.total === null || step.done < step.total);
  if (run.closed_at !== null || open.length === 0) return null;
  const lefts = open.map((step) => step.left);
  return lefts.every((left) => left !== null) ? Math.ceil(Math.max(...lefts)) : null;
}
