/** A sync's past runs as points for trends: what was read, matched, written and refused, by run. */
import { sql } from 'kysely';
import type { RunState, Scope, Trigger } from '../../db/schema.ts';
import type { SyncObject } from '../../sync/config.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';

export interface HistoryPoint {
  run: string;
  state: RunState;
  trigger: Trigger;
  dryRun: boolean;
  scope: Exclude<Scope, 'record'>;
  queuedAt: Date;
  closedAt: Date | null;
  seconds: number | null;
  read: Record<string, number>;
  matched: number | null;
  legs: Record<string, Record<string, number>>;
}

/** Full and dry runs, oldest first; deltas only where they wrote or refused something. At most 400 points. */
export function syncHistory(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  days: number,
): Promise<HistoryPoint[]> {
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const { rows } = await sql<HistoryPoint>`
      select * from (
        select id::text as run, state, trigger, dry_run as "dryRun", scope, queued_at as "queuedAt", closed_at as "closedAt",
               extract(epoch from closed_at - coalesce(opened_at, queued_at))::float as seconds,
               coalesce(counts -> 'read', '{}') as read, (counts #>> '{match,matched}')::int as matched,
               coalesce(counts -> 'legs', '{}') as legs, id as order_id
        from runs
        where tenant_id = ${tenantId} and object = ${object}
          and queued_at > ${new Date(control.clock() - days * 86_400_000)}
          and scope <> 'record'
          and (scope = 'full' or jsonb_path_exists(counts, '$.legs.*.written ? (@ > 0)')
               or jsonb_path_exists(counts, '$.legs.*.rejected ? (@ > 0)'))
        order by id desc limit 400
      ) newest order by order_id`.execute(tx);
    return rows;
  });
}
