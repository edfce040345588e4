/** Usage of days that are over: summed once, and dropped when it is too old to be asked for. */
import { sql } from 'kysely';
import type { Control } from '../control.ts';

const keptDays = 400;

/**
 * Sums what is over for a whole day: whatever counts writes to the day on which it writes. Months that are over of each tenant,
 * days that are over of all tenants together; what no sum has yet is read row by row (`usage.ts`).
 */
export async function sumUsage(control: Pick<Control, 'db'>): Promise<void> {
  await control.db.platform(async (tx) => {
    await sql`
      insert into usage_days (day, vendor, calls, throttled, written)
      select day, vendor, sum(calls), sum(throttled), sum(written) from vendor_usage
      where day > coalesce((select max(day) from usage_days), '-infinity') and day < (now() at time zone 'UTC')::date - 1
      group by 1, 2 on conflict do nothing`.execute(tx);
    await sql`
      insert into usage_months (tenant_id, vendor, month, calls, throttled, written)
      select tenant_id, vendor, date_trunc('month', day)::date, sum(calls), sum(throttled), sum(written) from vendor_usage
      where day >= coalesce((select (max(month) + interval '1 month')::date from usage_months), '-infinity')
        and day < date_trunc('month', (now() at time zone 'UTC')::date - 1)::date
      group by 1, 2, 3 on conflict do nothing`.execute(tx);
  });
}

export async function pruneUsage(control: Pick<Control, 'db'>): Promise<void> {
  await control.db.platform(async (tx) => {
    const before = sql`(now() at time zone 'UTC')::date - ${keptDays}::int`;
    await sql`delete from vendor_usage where day < ${before}`.execute(tx);
    await sql`delete from usage_days where day < ${before}`.execute(tx);
    await sql`delete from usage_months where month < date_trunc('month', ${before})`.execute(tx);
  });
}
