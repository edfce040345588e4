/** Runs as a person reads them. From PostgreSQL alone. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { firstByWeight, hasMore } from '../../db/page-weight.ts';
import type { Run } from '../../db/runs/index.ts';
import type { RunState, Trigger } from '../../db/schema.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { kinOf } from '../keys/kin.ts';
import type { SharedRead } from '../shared-reads.ts';
import { findRun } from './actions.ts';
import { type Approval, approvalOf } from './four-eyes.ts';

export interface RunFilter {
  object?: SyncObject | undefined;
  state?: RunState | undefined;
  trigger?: Trigger | undefined;
  /** Runs below this id. */
  before?: string | undefined;
  limit: number;
}

/** What a list shows of a run: not the configuration, the plan and the preview, each of which can be a hundred kilobytes. */
const listed = [
  'id',
  'tenant_id',
  'object',
  'trigger',
  'dry_run',
  'scope',
  'state',
  'phase',
  'reason',
  'waiting_until',
  'pause_requested',
  'cancel_requested',
  'approved',
  'epoch',
  'config_version',
  'as_of',
  'zone',
  'read_round',
  'read_at',
  'dropped',
  'settled_at',
  'held',
  'progress',
  'counts',
  'calls',
  'decision',
  'requested_by',
  'queued_at',
  'opened_at',
  'closed_at',
] as const satisfies readonly (keyof Run)[];
export interface ListedRun extends Pick<Run, (typeof listed)[number]> {
  /** The guards that held it; null of a run that is not held. */
  guards?: SyncConfig['guards'] | null;
}

/** The columns of a `ListedRun`, for selecting from `runs`. */
export const listedColumns = sql`${sql.join(listed.map((column) => sql.ref(column)))},
  case when state = 'held' then config -> 'guards' end as guards`;

export interface RunPage {
  rows: ListedRun[];
  /** Id to go on below; null at the end. A page is bounded by its weight, so it may be short with more to come. */
  next: string | null;
}

export function listRuns(control: Control, caller: Caller, tenantId: string, filter: RunFilter): Promise<RunPage> {
  return inTenant(control, caller, 'read', tenantId, (tx) => readPage(tx, tenantId, filter));
}

/** Of every tenant that the caller may see. */
export function listAllRuns(
  control: Control,
  caller: Caller,
  filter: RunFilter,
): Promise<RunPage & { names: Map<string, string> }> {
  const read = async (tx: Tx) => {
    const page = await readPage(tx, caller.tenantId, filter);
    const ids = [...new Set(page.rows.map((row) => row.tenant_id))];
    const tenants =
      ids.length === 0 ? [] : await tx.selectFrom('tenants').select(['id', 'name']).where('id', 'in', ids).execute();
    return { ...page, names: new Map(tenants.map(({ id, name }) => [id, name])) };
  };
  if (caller.tenantId !== null) return inTenant(control, caller, 'read', caller.tenantId, read);
  authorisePlatform(caller, 'read');
  return control.db.platform(read);
}

async function readPage(tx: Tx, tenantId: string | null, filter: RunFilter): Promise<RunPage> {
  const { object, state, trigger, before, limit } = filter;
  const { rows } = await firstByWeight<ListedRun>(
    sql`select ${listedColumns} from runs
          where true
            ${tenantId === null ? sql`` : sql`and tenant_id = ${tenantId}`}
            ${trigger === undefined ? sql`` : sql`and trigger = ${trigger}`}
            ${object === undefined ? sql`` : sql`and object = ${object}`}
            ${state === undefined ? sql`` : sql`and state = ${state}`}
            ${before === undefined ? sql`` : sql`and id < ${before}::bigint`}
          order by id desc limit ${limit}`,
    {
      weight: sql`1000 + octet_length(held::text) + octet_length(counts::text) + octet_length(dropped::text)
                    + coalesce(octet_length(reason::text), 0)`,
      order: sql`id desc`,
    },
  ).execute(tx);
  return { rows, next: hasMore(rows, limit) ? (rows.at(-1)?.id ?? null) : null };
}

/** With what a person must know before they approve it, where it is held. @param shared for a run that many look at */
export async function getRun(
  control: Control,
  caller: Caller,
  tenantId: string,
  runId: string,
  shared: SharedRead = (_, read) => read(),
): Promise<{ run: Run; approval: Approval | null }> {
  authorise(caller, 'read', tenantId);
  const found = await shared(JSON.stringify([tenantId, runId]), () =>
    inTenant(control, caller, 'read', tenantId, (tx) => findRun(tx, tenantId, runId)),
  );
  if (found.state !== 'held') return { run: found, approval: null };
  // Who may approve it depends on who asks.
  const kin = await kinOf(control, caller);
  return inTenant(control, caller, 'read', tenantId, async (tx, tenant) => {
    const run = await findRun(tx, tenantId, runId);
    return { run, approval: run.state === 'held' ? await approvalOf(tx, control, kin, tenant, run) : null };
  });
}

/** Seconds from opening (or queueing) to the end, or to now. */
export function durationSeconds(run: Pick<Run, 'opened_at' | 'queued_at' | 'closed_at'>, now: number): number {
  const from = (run.opened_at ?? run.queued_at).getTime();
  return Math.max(0, Math.round(((run.closed_at?.getTime() ?? now) - from) / 1000));
}

/** Seconds until the step that takes longest is done; null when that cannot be told yet. Steps run side by side. */
export function secondsLeft(run: Pick<Run, 'progress' | 'closed_at'>): number | null {
  const open = Object.values(run.progress).filter((step) => step.total === null || step.done < step.total);
  if (run.closed_at !== null || open.length === 0) return null;
  const lefts = open.map((step) => step.left);
  return lefts.every((left) => left !== null) ? Math.ceil(Math.max(...lefts)) : null;
}
