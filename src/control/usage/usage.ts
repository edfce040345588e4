/** What was used of the vendors' limits: by one tenant, or by all of them, day by day. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { Vendor } from '../../db/schema.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';

export interface UsageDay {
  /** `YYYY-MM-DD`, UTC. */
  day: string;
  vendor: Vendor;
  calls: number;
  throttled: number;
  written: number;
  /** Of one tenant: the vendor's own figures. Null: it gives none. */
  limit: number | null;
  used: number | null;
}

export interface TenantUsage {
  id: string;
  name: string;
  calls: number;
  throttled: number;
  written: number;
}

const mostTenants = 20;

export function tenantUsage(control: Control, caller: Caller, tenantId: string, days: number): Promise<UsageDay[]> {
  return inTenant(control, caller, 'read', tenantId, (tx) => readDays(tx, days, { ofOne: true }));
}

/** Of the whole installation, or of the caller's tenant. The tenants that made the most calls come with it. */
export async function allUsage(
  control: Control,
  caller: Caller,
  days: number,
): Promise<{ days: UsageDay[]; tenants: TenantUsage[] }> {
  if (caller.tenantId !== null) {
    authorise(caller, 'read', caller.tenantId);
    return control.db.tenant(caller.tenantId, async (tx) => ({
      days: await readDays(tx, days, { ofOne: false }),
      tenants: await readTenants(tx, days),
    }));
  }
  authorisePlatform(caller, 'read');
  return control.db.platform(async (tx) => ({
    days: await readAllDays(tx, days),
    tenants: await readTenants(tx, days),
  }));
}

/** Each tenant has a limit of its own, so those of several say nothing together. */
async function readDays(tx: Tx, days: number, { ofOne }: { ofOne: boolean }): Promise<UsageDay[]> {
  const { rows } = await sql<UsageDay>`
    select to_char(day, 'YYYY-MM-DD') as day, vendor, sum(calls)::float as calls, sum(throttled)::float as throttled,
           sum(written)::float as written,
           ${ofOne ? sql`max(day_limit)::float` : sql`null`} as "limit", ${ofOne ? sql`max(day_used)::float` : sql`null`} as used
    from vendor_usage where day > (now() at time zone 'UTC')::date - ${days}::int
    group by 1, 2 order by 1, 2`.execute(tx);
  return rows;
}

/** Of the installation: sums of the days that were summed, and the rows of those since. */
async function readAllDays(tx: Tx, days: number): Promise<UsageDay[]> {
  const { rows } = await sql<UsageDay>`
    with asked as materialized (
      select (now() at time zone 'UTC')::date - ${days}::int as after, (select max(day) from usage_days) as summed
    )
    select to_char(day, 'YYYY-MM-DD') as day, vendor, sum(calls)::float as calls, sum(throttled)::float as throttled,
           sum(written)::float as written, null as "limit", null as used
    from (
      select day, vendor, calls, throttled, written from usage_days where day > (select after from asked)
      union all
      select day, vendor, calls, throttled, written from vendor_usage
      where day > (select greatest(after, summed) from asked)
    ) u group by 1, 2 order by 1, 2`.execute(tx);
  return rows;
}

/** Months that were summed and lie in these days as a whole, and the rows of the days around them. */
async function readTenants(tx: Tx, days: number): Promise<TenantUsage[]> {
  const { rows } = await sql<TenantUsage>`
    with days as materialized (
      select after, (date_trunc('month', after) + interval '1 month')::date as first
      from (select (now() at time zone 'UTC')::date - ${days}::int as after) d
    ), asked as materialized (
      -- From \`first\` on, months; from \`since\` on, days again. With no such month both are the same.
      select after, first, coalesce(
        (select (max(month) + interval '1 month')::date from usage_months where month >= first), first) as since
      from days
    )
    select t.id, t.name, u.calls, u.throttled, u.written from (
      select tenant_id, sum(calls)::float as calls, sum(throttled)::float as throttled, sum(written)::float as written
      from (
        select tenant_id, calls, throttled, written from usage_months where month >= (select first from asked)
        union all
        select tenant_id, calls, throttled, written from vendor_usage
        where day > (select after from asked) and day < (select first from asked)
        union all
        select tenant_id, calls, throttled, written from vendor_usage
        where day >= (select since from asked)
      ) every
      group by 1 order by 2 desc, 1 limit ${mostTenants}
    ) u join tenants t on t.id = u.tenant_id order by u.calls desc, t.id`.execute(tx);
  return rows;
}

/** What the tenant's runs that ended today have written. Counted anew each time, so that nothing is counted twice. */
export async function noteWritten(control: Pick<Control, 'db'>, tenantId: string): Promise<void> {
  await control.db.tenant(tenantId, (tx) =>
    sql`
      insert into vendor_usage (tenant_id, vendor, day, written)
      select ${tenantId}, v.vendor, (now() at time zone 'UTC')::date,
             coalesce(sum((r.counts #>> array['legs', v.leg, 'written'])::bigint), 0)
      from (values ('pendo', 'pull'), ('hubspot', 'push')) v(vendor, leg)
      left join runs r on r.tenant_id = ${tenantId} and not r.dry_run
        and r.closed_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'
      group by v.vendor order by v.vendor
      on conflict (tenant_id, vendor, day) do update set written = excluded.written`.execute(tx),
  );
}
