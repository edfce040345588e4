/** Every sync that the caller may see, worst first: what an operator of many tenants looks at. */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { active } from '../../db/runs/index.ts';
import type { Reason, RunState, Trigger } from '../../db/schema.ts';
import type { SyncObject } from '../../sync/config.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import type { Control } from '../control.ts';
import { type Health, health, healths } from './health.ts';

export interface FleetFilter {
  health?: readonly Health[] | undefined;
  /** Part of a tenant's name or external id, in any case. */
  q?: string | undefined;
  sort: 'worst' | 'name' | 'oldest';
  offset: number;
  limit: number;
}

/** One day of a sync's full runs that were not dry; a day without any is left out. */
export interface StripDay {
  /** `YYYY-MM-DD`, UTC. */
  day: string;
  state: RunState;
  /** Records written, of both legs. */
  written: number;
  rejected: number;
  run: string;
}

export interface FleetRow {
  tenantId: string;
  tenantName: string;
  tenantState: string;
  object: SyncObject;
  health: Health;
  /** Since when it has been so. */
  since: Date | null;
  reason: Reason | null;
  active: { run: string; state: RunState; trigger: Trigger; dryRun: boolean } | null;
  lastGood: { run: string; at: Date; matched: number | null; hubspot: number | null; pendo: number | null } | null;
  strip: StripDay[];
}

export interface Fleet {
  rows: FleetRow[];
  total: number;
  /** Syncs by health, whatever `filter.health` says. */
  counts: Partial<Record<Health, number>>;
}

export async function listFleet(control: Control, caller: Caller, filter: FleetFilter): Promise<Fleet> {
  const read = (tx: Tx): Promise<Fleet> => readFleet(tx, filter);
  if (caller.tenantId !== null) {
    authorise(caller, 'read', caller.tenantId);
    return control.db.tenant(caller.tenantId, read);
  }
  authorisePlatform(caller, 'read');
  return control.db.platform(read);
}

async function readFleet(tx: Tx, filter: FleetFilter): Promise<Fleet> {
  const named =
    filter.q === undefined
      ? sql`true`
      : sql`(t.name ilike ${likeOf(filter.q)} or t.external_id ilike ${likeOf(filter.q)} or t.id = ${filter.q})`;
  const all = sql`
    select s.tenant_id, s.object, s.reason, s.updated_at, t.name, t.state as tenant_state, a.since, ${health} as health
    from syncs s join tenants t on t.id = s.tenant_id and t.state <> 'deleted'
    left join alert_states a on a.tenant_id = s.tenant_id and a.object = s.object
    where ${named}`;
  const counted = await sql<{ health: Health; n: number }>`
    select health, count(*)::int as n from (${all}) every group by health`.execute(tx);
  const counts = Object.fromEntries(counted.rows.map((row) => [row.health, row.n])) as Fleet['counts'];
  const wanted = filter.health ?? healths;
  const total = wanted.reduce((sum, one) => sum + (counts[one] ?? 0), 0);
  const { rows } = await sql<Listed>`
    select f.tenant_id, f.object, f.reason, f.name, f.tenant_state, f.health, f.updated_at, f.since,
           active.run as active, good.run as good, strip.days as strip
    from (
      select * from (${all}) every where health = any(${wanted}::text[])
      order by ${orderOf(filter.sort)} limit ${filter.limit} offset ${filter.offset}
    ) f
    left join lateral (
      select jsonb_build_object('run', r.id::text, 'state', r.state, 'trigger', r.trigger, 'dryRun', r.dry_run) as run
      from runs r where r.tenant_id = f.tenant_id and r.object = f.object
        and r.state in ${active} order by r.id desc limit 1
    ) active on true
    left join lateral (
      select jsonb_build_object('run', r.id::text, 'at', r.closed_at, 'matched', r.counts #> '{match,matched}',
                                'hubspot', r.counts #> '{read,hubspot}', 'pendo', r.counts #> '{read,pendo}') as run
      from runs r where r.tenant_id = f.tenant_id and r.object = f.object and not r.dry_run and r.scope = 'full'
        and r.state in ('succeeded', 'degraded') order by r.id desc limit 1
    ) good on true
    left join lateral (
      select jsonb_agg(day order by day ->> 'day') as days from (
        select distinct on (date_trunc('day', r.queued_at at time zone 'UTC')) jsonb_build_object(
          'day', to_char(r.queued_at at time zone 'UTC', 'YYYY-MM-DD'), 'state', r.state, 'run', r.id::text,
          'written', coalesce((r.counts #>> '{legs,pull,written}')::int, 0) + coalesce((r.counts #>> '{legs,push,written}')::int, 0),
          'rejected', coalesce((r.counts #>> '{legs,pull,rejected}')::int, 0) + coalesce((r.counts #>> '{legs,push,rejected}')::int, 0)
        ) as day
        from (
          select * from runs n where n.tenant_id = f.tenant_id and n.object = f.object and not n.dry_run and n.scope = 'full'
            and n.queued_at > now() - interval '30 days' order by n.id desc limit 60
        ) r order by date_trunc('day', r.queued_at at time zone 'UTC') desc, r.id desc
      ) days
    ) strip on true
    order by ${orderOf(filter.sort)}`.execute(tx);
  return { rows: rows.map(toRow), total, counts };
}

interface Listed {
  tenant_id: string;
  object: SyncObject;
  reason: Reason | null;
  name: string;
  tenant_state: string;
  health: Health;
  since: Date | null;
  active: FleetRow['active'];
  good: { run: string; at: string; matched: number | null; hubspot: number | null; pendo: number | null } | null;
  strip: StripDay[] | null;
}

function toRow(row: Listed): FleetRow {
  return {
    tenantId: row.tenant_id,
    tenantName: row.name,
    tenantState: row.tenant_state,
    object: row.object,
    health: row.health,
    since: row.since,
    reason: row.reason,
    active: row.active,
    lastGood: row.good === null ? null : { ...row.good, at: new Date(row.good.at) },
    strip: row.strip ?? [],
  };
}

function orderOf(sort: FleetFilter['sort']): RawBuilder<unknown> {
  if (sort === 'name') return sql`name, tenant_id, object desc`;
  if (sort === 'oldest') return sql`since nulls last, tenant_id, object desc`;
  return sql`array_position(${[...healths]}::text[], health), since nulls last, name, tenant_id, object desc`;
}

/** The text itself, also where it holds a wildcard. */
function likeOf(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
