/** Counts what each tenant uses of its vendors' limits, and writes it down every few seconds: a call costs no query. */
import { sql } from 'kysely';
import type { Database } from '../../db/index.ts';
import type { Vendor } from '../../db/schema.ts';
import type { ReplyFacts } from '../../egress/index.ts';
import type { Logger } from '../../telemetry/log.ts';

export interface UsageMeter {
  /** Notes each reply of this vendor to this tenant. */
  of(tenantId: string, vendor: Vendor): (reply: ReplyFacts) => void;
  /** Writes down what is not written yet. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface Counted {
  tenant_id: string;
  vendor: Vendor;
  calls: number;
  throttled: number;
  day_limit: number | null;
  day_used: number | null;
}

const everyMs = 5000;

export function createUsageMeter({ db, log }: { db: Database; log: Logger }): UsageMeter {
  let counted = new Map<string, Counted>();
  const rowOf = (tenantId: string, vendor: Vendor): Counted => {
    const name = `${vendor} ${tenantId}`;
    let row = counted.get(name);
    if (row === undefined) {
      row = { tenant_id: tenantId, vendor, calls: 0, throttled: 0, day_limit: null, day_used: null };
      counted.set(name, row);
    }
    return row;
  };
  const write = async (): Promise<void> => {
    if (counted.size === 0) return;
    const rows = [...counted.values()];
    counted = new Map();
    await db.platform((tx) =>
      sql`
        insert into vendor_usage as u (tenant_id, vendor, day, calls, throttled, day_limit, day_used)
        select r.tenant_id, r.vendor, (now() at time zone 'UTC')::date, r.calls, r.throttled, r.day_limit, r.day_used
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          as r(tenant_id text, vendor text, calls bigint, throttled bigint, day_limit bigint, day_used bigint)
        join tenants t on t.id = r.tenant_id and t.state <> 'deleted'
        order by r.tenant_id, r.vendor
        on conflict (tenant_id, vendor, day) do update set
          calls = u.calls + excluded.calls, throttled = u.throttled + excluded.throttled,
          day_limit = coalesce(excluded.day_limit, u.day_limit), day_used = coalesce(excluded.day_used, u.day_used)`.execute(
        tx,
      ),
    );
  };
  // Figures for a picture: what a database that is away costs of them is not made up for.
  let going = Promise.resolve();
  const flush = (): Promise<void> => {
    going = going.then(write).catch((error: unknown) => log.warn({ err: error }, 'usage was not recorded'));
    return going;
  };
  const timer = setInterval(() => void flush(), everyMs);
  timer.unref();
  return {
    of: (tenantId, vendor) => (reply) => {
      const row = rowOf(tenantId, vendor);
      row.calls += 1;
      if (reply.status === 429) row.throttled += 1;
      const { dailyMax, dailyRemaining } = reply;
      if (dailyMax !== undefined && dailyRemaining !== undefined) {
        row.day_limit = dailyMax;
        row.day_used = Math.max(0, dailyMax - dailyRemaining);
      }
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
