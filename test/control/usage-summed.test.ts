/** Usage over any number of days is the sum of its rows, however much of it was summed before. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../src/control/caller.ts';
import { pruneUsage, sumUsage } from '../../src/control/usage/summed.ts';
import { allUsage } from '../../src/control/usage/usage.ts';
import { type Harness, startHarness } from '../api/harness.ts';

const caller = systemCaller('cli');
const asked = [1, 2, 3, 29, 30, 31, 32, 45, 60, 61, 62, 90, 200, 365, 366];
let api: Harness;
beforeAll(async () => {
  api = await startHarness();
  await sql`insert into tenants (id, name) select 't' || n, 'Customer ' || n from generate_series(1, 5) n`.execute(
    api.db.owner,
  );
});
afterAll(() => api[Symbol.asyncDispose]());

/** A few rows are missing, as of a vendor that was not asked on a day. */
async function addRows(from: number, to: number): Promise<void> {
  await sql`
    insert into vendor_usage (tenant_id, vendor, day, calls, throttled, written)
    select 't' || n, vendor, (now() at time zone 'UTC')::date - back, n * 1000 + back, (n + back) % 3, back % 7
    from generate_series(1, 5) n, unnest(array['hubspot', 'pendo']) vendor, generate_series(${from}::int, ${to}::int) back
    where (n + back) % 11 <> 0`.execute(api.db.owner);
}

/** As the rows themselves have it. */
async function counted(days: number) {
  const range = sql`day > (now() at time zone 'UTC')::date - ${days}::int`;
  const byDay = await sql`
    select to_char(day, 'YYYY-MM-DD') as day, vendor, sum(calls)::float as calls, sum(throttled)::float as throttled,
           sum(written)::float as written, null as "limit", null as used
    from vendor_usage where ${range} group by 1, 2 order by 1, 2`.execute(api.db.owner);
  const byTenant = await sql`
    select t.id, t.name, sum(calls)::float as calls, sum(throttled)::float as throttled, sum(written)::float as written
    from vendor_usage u join tenants t on t.id = u.tenant_id where ${range}
    group by 1, 2 order by 3 desc, 1`.execute(api.db.owner);
  return { days: byDay.rows, tenants: byTenant.rows };
}

test('every number of days says what its rows say: before, after, and long after they were summed', async () => {
  const agrees = async () => {
    for (const days of asked)
      expect([days, await allUsage(api.control, caller, days)]).toEqual([days, await counted(days)]);
  };
  await addRows(3, 398);
  await agrees();
  await sumUsage(api.control);
  await agrees();
  // What came since is not in any sum yet, then is, and summing again adds nothing.
  await addRows(0, 2);
  await agrees();
  await sumUsage(api.control);
  await sumUsage(api.control);
  await agrees();
  const { rows } = await sql<{ days: number; months: number }>`
    select (select count(distinct day)::int from usage_days) as days, (select count(distinct month)::int from usage_months) as months`.execute(
    api.db.owner,
  );
  expect(rows[0]!.days).toBe(397);
  expect(rows[0]!.months).toBeGreaterThanOrEqual(13);
});

test('a year is answered from sums: rows of days that are over are not read', async () => {
  await sql`update vendor_usage set calls = 0 where day < (now() at time zone 'UTC')::date - 70`.execute(api.db.owner);
  const { days, tenants } = await allUsage(api.control, caller, 366);
  expect(days.every(({ calls }) => calls > 0)).toBe(true);
  const year = tenants.reduce((sum, { calls }) => sum + calls, 0);
  const left = (await counted(366)).tenants as { calls: number }[];
  expect(year).toBeGreaterThan(3 * left.reduce((sum, { calls }) => sum + calls, 0));
});

test("a tenant's key sees its own, of nobody else, and sums go when their rows go", async () => {
  const of = { ...caller, tenantId: 't2' };
  const own = await allUsage(api.control, of, 366);
  expect(own.tenants.map(({ id }) => id)).toEqual(['t2']);
  const most = Math.max(...own.days.map(({ calls }) => calls));
  expect(most).toBeLessThan(3000);
  await sql`insert into usage_days values ('2020-01-31', 'pendo', 1, 1, 1)`.execute(api.db.owner);
  await sql`insert into usage_months values ('t2', 'pendo', '2020-01-01', 1, 1, 1)`.execute(api.db.owner);
  await pruneUsage(api.control);
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from (select day from usage_days union all select month from usage_months) d
    where day < '2021-01-01'`.execute(api.db.owner);
  expect(rows[0]!.n).toBe(0);
});
