/**
 * Metrics in the text format of Prometheus. Those named `crosswalk_` come from the database, so every process reports the
 * same; the others are of the process that answers.
 */
import { sql } from 'kysely';
import { Gauge, Registry } from 'prom-client';
import { active } from '../../db/runs/index.ts';
import { processMetrics } from '../../telemetry/process-metrics.ts';
import { authorisePlatform, type Caller } from '../caller.ts';
import type { Control } from '../control.ts';

interface Figure {
  name: string;
  help: string;
  label?: string;
  query: ReturnType<typeof sql<{ label: string; value: string }>>;
}

const figures: Figure[] = [
  {
    name: 'crosswalk_tenants',
    help: 'Tenants by state.',
    label: 'state',
    query: sql`select state as label, count(*) as value from tenants group by state`,
  },
  {
    name: 'crosswalk_syncs',
    help: 'Syncs by state.',
    label: 'state',
    query: sql`select state as label, count(*) as value from syncs group by state`,
  },
  {
    name: 'crosswalk_connections',
    help: 'Connections by state.',
    label: 'state',
    query: sql`select state as label, count(*) as value from connections group by state`,
  },
  {
    name: 'crosswalk_runs_active',
    help: 'Runs that are not closed, by state.',
    label: 'state',
    query: sql`select state as label, count(*) as value from runs
               where state in ${active} or state = 'held' group by state`,
  },
  {
    name: 'crosswalk_runs_waiting',
    help: 'Runs that wait, by the code of their reason: BAD_CLIENT_SECRET and the like are for the operator.',
    label: 'code',
    // Some codes are a vendor's own words.
    query: sql`select coalesce(substring(reason ->> 'code' from '^[A-Z_]{1,40}$'), 'OTHER') as label, count(*) as value
               from runs where state = 'waiting' group by 1`,
  },
  {
    name: 'crosswalk_runs_closed_day',
    help: 'Runs closed in the last 24 hours, by state; without those of one record.',
    label: 'state',
    query: sql`select state as label, count(*) as value from runs
               where closed_at > now() - interval '1 day' and scope <> 'record' group by state`,
  },
  {
    name: 'crosswalk_run_queued_seconds',
    help: 'Age of the oldest run that waits to be started.',
    query: sql`select '' as label, coalesce(extract(epoch from now() - min(queued_at)), 0) as value from runs where state = 'queued'`,
  },
  {
    name: 'crosswalk_syncs_fresh',
    help: 'Enabled syncs by the age of their last full run that ended well; each is counted once.',
    label: 'within',
    query: sql`
      select case when last is null then 'never' when last > now() - interval '1 day' then '1d'
                  when last > now() - interval '2 days' then '2d' when last > now() - interval '7 days' then '7d'
                  else 'older' end as label, count(*) as value
      from (select (select max(closed_at) from runs r where r.tenant_id = s.tenant_id and r.object = s.object
                    and r.scope = 'full' and not r.dry_run and r.state in ('succeeded', 'degraded')) as last
            from syncs s where s.state = 'enabled') ages
      group by 1`,
  },
  {
    name: 'crosswalk_alerts_undelivered',
    help: 'Alerts that wait for their webhook.',
    query: sql`select '' as label, count(*) as value from alerts where delivered_at is null and next_attempt_at is not null`,
  },
  {
    name: 'crosswalk_audit_webhook_waiting',
    help: 'Audit entries of the deployment that wait for the webhook of its operator.',
    query: sql`select '' as label, coalesce(min((select max(seq) from audit_links where coalesce(tenant_id, '') = '') - sent_seq), 0) as value
               from audit_feeds`,
  },
];

export async function readMetrics(control: Control, caller: Caller): Promise<string> {
  authorisePlatform(caller, 'read');
  const registry = new Registry();
  await control.db.platform(async (tx) => {
    for (const { name, help, label, query } of figures) {
      const labelNames = label === undefined ? [] : [label];
      const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
      for (const row of (await query.execute(tx)).rows) {
        gauge.set(label === undefined ? {} : { [label]: row.label }, Number(row.value));
      }
    }
  });
  return Registry.merge([registry, processMetrics()]).metrics();
}
