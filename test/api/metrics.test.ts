/** What a monitoring system reads of an installation, and of the process that answers. */
import { expect, test } from 'vitest';
import { startHarness } from './harness.ts';

test('metrics are in the text format of Prometheus: the installation by its own names, the process by those of Node.js', async () => {
  await using api = await startHarness();
  const admin = await api.key(['admin']);
  await api.call(admin, 'POST', '/v1/tenants', { name: 'one' });
  const { status, text, headers } = await api.call(admin, 'GET', '/v1/metrics');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = text.split('\n').filter((line) => line !== '');
  for (const line of lines) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? (-?[\d.e+-]+|Nan))$/);
  const typed = lines.flatMap((line) => /^# TYPE (\w+)/.exec(line)?.[1] ?? []);
  expect(new Set(typed).size).toBe(typed.length);
  expect(typed.filter((name) => name.startsWith('crosswalk_'))).toEqual([
    'crosswalk_tenants',
    'crosswalk_syncs',
    'crosswalk_connections',
    'crosswalk_runs_active',
    'crosswalk_runs_waiting',
    'crosswalk_runs_closed_day',
    'crosswalk_run_queued_seconds',
    'crosswalk_syncs_fresh',
    'crosswalk_alerts_undelivered',
    'crosswalk_audit_webhook_waiting',
    // What this process did.
    'crosswalk_vendor_call_seconds',
    'crosswalk_vendor_slot_wait_seconds',
    'crosswalk_vendor_limit_used_ratio',
    'crosswalk_run_seconds',
    'crosswalk_records_total',
    'crosswalk_records_read_total',
    'crosswalk_records_matched_total',
    'crosswalk_waits_total',
  ]);
  expect(lines).toEqual(
    expect.arrayContaining(['crosswalk_tenants{state="active"} 1', 'crosswalk_run_queued_seconds 0']),
  );
  expect(typed).toEqual(
    expect.arrayContaining([
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_seconds',
    ]),
  );
  // Asked again, from another application of the same process.
  await using other = await startHarness();
  expect((await other.call(await other.key(['admin']), 'GET', '/v1/metrics')).status).toBe(200);
});
