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
  labels?: readonly string[];
  /** A column for each label, by its name. */
  query: ReturnType<typeof sql<{ value: string } & Record<string, string>>>;
}

const figures: Figure[] = [
  {
    name: 'crosswalk_tenants',
    help: 'Tenants by state.',
    labels: ['state'],
    query: sql`select state, count(*) as value from tenants group by state`,
  },
  {
    name: 'crosswalk_syncs',
    help: 'Syncs by state.',
    labels: ['state'],
    query: sql`select state, count(*) as value from syncs group by state`,
  },
  {
    name: 'crosswalk_connections',
    help: 'Connections by state.',
    labels: ['state'],
    query: sql`select state, count(*) as value from connections group by state`,
  },
  {
    name: 'crosswalk_runs_active',
    help: 'Runs that are not closed, by state.',
    labels: ['state'],
    query: sql`select state, count(*) as value from runs
               where state in ${active} or state = 'held' group by state`,
  },
  {
    name: 'crosswalk_runs_waiting',
    help: 'Runs that wait, by the code of their reason: BAD_CLIENT_SECRET and the like are for the operator.',
    labels: ['code'],
    // Some codes are a vendor's own words.
    query: sql`select coalesce(substring(reason ->> 'code' from '^[A-Z_]{1,40}$'), 'OTHER') as code, count(*) as value
               from runs where state = 'waiting' group by 1`,
  },
  {
    name: 'crosswalk_runs_closed_day',
    help: 'Runs closed in the last 24 hours, by state; without those of one record.',
    labels: ['state'],
    query: sql`select state, count(*) as value from runs
               where closed_at > now() - interval '1 day' and scope <> 'record' group by state`,
  },
  {
    name: 'crosswalk_run_queued_seconds',
    help: 'Age of the oldest run that waits to be started.',
    query: sql`select coalesce(extract(epoch from now() - min(queued_at)), 0) as value from runs where state = 'queued'`,
  },
  {
    name: 'crosswalk_syncs_fresh',
    help: 'Enabled syncs by the age of their last full run that ended well, and by how many records it read; each is counted once.',
    labels: ['within', 'size'],
    query: sql`
      select case when last.closed_at is null then 'never' when last.closed_at > now() - interval '1 day' then '1d'
                  when last.closed_at > now() - interval '2 days' then '2d'
                  when last.closed_at > now() - interval '7 days' then '7d' else 'older' end as within,
             case when last.records is null then 'unknown' when last.records < 10000 then 'small'
                  when last.records < 100000 then 'medium' else 'large' end as size,
             count(*) as value
      from syncs s left join lateral (
        select r.closed_at, coalesce((r.counts -> 'read' ->> 'hubspot')::bigint, 0) + coalesce((r.counts -> 'read' ->> 'pendo')::bigint, 0) as records
        from runs r where r.tenant_id = s.tenant_id and r.object = s.object
          and r.scope = 'full' and not r.dry_run and r.state in ('succeeded', 'degraded')
        order by r.closed_at desc limit 1) last on true
      where s.state = 'enabled' group by 1, 2`,
  },
  {
    name: 'crosswalk_alerts_undelivered',
    help: 'Alerts that wait for their webhook.',
    query: sql`select count(*) as value from alerts where delivered_at is null and next_attempt_at is not null`,
  },
  {
    name: 'crosswalk_audit_webhook_waiting',
    help: 'Audit entries of the deployment that wait for the webhook of its operator.',
    query: sql`select coalesce(min((select max(seq) from audit_links where coalesce(tenant_id, '') = '') - sent_seq), 0) as value
               from audit_feeds`,
  },
];

export async function readMetrics(control: Control, caller: Caller): Promise<string> {
  authorisePlatform(caller, 'read');
  const registry = new Registry();
  await control.db.platform(async (tx) => {
    for (const { name, help, labels = [], query } of figures) {
      const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] });
      for (const { value, ...row } of (await query.execute(tx)).rows) gauge.set(row, Number(value));
    }
  });
  return Registry.merge([registry, processMetrics()]).metrics();
}
