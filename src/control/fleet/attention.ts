/** What waits for a person: held runs, connections to make again, syncs that stopped, fail or have gone quiet. Oldest first. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { Reason } from '../../db/schema.ts';
import type { SyncObject } from '../../sync/config.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import type { Control } from '../control.ts';
import { type ListedRun, listedColumns } from '../runs/list.ts';
import type { SharedRead } from '../shared-reads.ts';
import { health, pausedByPerson } from './health.ts';

/** Most urgent first: what a person must do, then what they should look at. */
export const attentionKinds = ['held', 'reconnect', 'stopped', 'failed', 'unscheduled', 'quiet', 'degraded'] as const;
export type AttentionKind = (typeof attentionKinds)[number];

export interface AttentionItem {
  kind: AttentionKind;
  tenantId: string;
  tenantName: string;
  object: SyncObject;
  since: Date;
  reason: Reason | null;
  /** The run that it is about, where it is about one. */
  run: ListedRun | null;
}

/** @param shared for a list that every open tab shows */
export async function listAttention(
  control: Control,
  caller: Caller,
  tenantId: string | undefined,
  page: { offset: number; limit: number },
  shared: SharedRead,
): Promise<{ items: AttentionItem[]; total: number }> {
  const of = tenantId ?? caller.tenantId;
  if (of === null) authorisePlatform(caller, 'read');
  else authorise(caller, 'read', of);
  return shared(JSON.stringify([of, page.offset, page.limit]), () =>
    of === null ? control.db.platform((tx) => read(tx, page)) : control.db.tenant(of, (tx) => read(tx, page)),
  );
}

async function read(
  tx: Tx,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ items: AttentionItem[]; total: number }> {
  const { rows } = await sql<{
    kind: AttentionKind;
    tenant_id: string;
    name: string;
    object: SyncObject;
    since: Date;
    reason: Reason | null;
    run_id: string | null;
    total: number;
  }>`
    select *, count(*) over ()::int as total from (
      -- A held run is listed from the runs themselves: it may have been held a second ago.
      select 'held' as kind, r.tenant_id, t.name, r.object, r.settled_at as since, r.reason, r.id::text as run_id
      from runs r join tenants t on t.id = r.tenant_id and t.state <> 'deleted'
      where r.state = 'held'
      union all
      select ${health}, s.tenant_id, t.name, s.object, coalesce(a.since, s.updated_at),
             coalesce(s.reason, (select r.reason from runs r where r.id = a.run_id)), a.run_id::text
      from syncs s join tenants t on t.id = s.tenant_id and t.state = 'active'
      left join alert_states a on a.tenant_id = s.tenant_id and a.object = s.object
      where (s.state = 'paused' and not ${pausedByPerson})
         or (s.state = 'enabled' and a.state in ('failed', 'unscheduled', 'quiet', 'degraded'))
    ) waiting order by since, tenant_id, object, kind limit ${limit} offset ${offset}`.execute(tx);
  const ids = rows.flatMap((row) => (row.run_id === null ? [] : [row.run_id]));
  const runs =
    ids.length === 0
      ? []
      : (await sql<ListedRun>`select ${listedColumns} from runs where id = any(${ids}::bigint[])`.execute(tx)).rows;
  return {
    total: rows[0]?.total ?? 0,
    items: rows.map((row) => ({
      kind: row.kind,
      tenantId: row.tenant_id,
      tenantName: row.name,
      object: row.object,
      since: row.since,
      reason: row.reason,
      run: runs.find((run) => run.id === row.run_id) ?? null,
    })),
  };
}
