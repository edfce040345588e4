/** A worker tells Prometheus what it did, on a port of its own, and names nobody. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { freePort } from '../../infra/ports.ts';
import { openStack } from './open-stack.ts';
import { expectPrivate, secretsOf } from './private.ts';
import { testedTenant } from './tested-tenant.ts';
import { startRoleProcess } from './worker-process.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ worker: false });
});
afterAll(() => stack.stop());

/** The value of a line, by name and labels in any order. */
function figure(text: string, name: string, labels: Record<string, string>): number | undefined {
  for (const line of text.split('\n')) {
    const [, found, given = '', value] = /^(\w+)(?:\{([^}]*)\})? (\S+)/.exec(line) ?? [];
    if (found !== name) continue;
    if (Object.entries(labels).every(([label, wanted]) => given.includes(`${label}="${wanted}"`))) return Number(value);
  }
  return undefined;
}

test('runs, records, vendor calls and Temporal’s SDK are counted in the worker', { timeout: 90_000 }, async () => {
  const port = await freePort();
  await using _worker = await startRoleProcess('worker', {
    ...stack.env,
    CROSSWALK_METRICS_ADDRESS: `127.0.0.1:${port}`,
  });
  const world = { contacts: 60, visitors: 60, companies: 8, accounts: 8, tier: 100 } as const;
  const tenant = await testedTenant(stack, { world });
  const judged = [...(await tenant.round('enable', ['visitor'])).judged];
  // Enabling itself asks HubSpot from the API's process.
  await tenant.fault({ vendor: 'hubspot', kind: 'status', status: 429, route: 'GET .*/objects/', count: 1 });
  judged.push(...(await tenant.round('run', ['visitor'])).judged);
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  const ended = { object: 'visitor', scope: 'full', state: 'succeeded' };
  expect(figure(text, 'crosswalk_run_seconds_count', ended)).toBe(2);
  expect(figure(text, 'crosswalk_records_read_total', { object: 'visitor', vendor: 'hubspot' })).toBe(120);
  const matched = figure(text, 'crosswalk_records_matched_total', { object: 'visitor' });
  expect(matched).toBe(judged.reduce((sum, { run }) => sum + Number(run.counts.match?.matched), 0));
  expect(matched).toBeGreaterThan(0);
  const written = { object: 'visitor', leg: 'push', outcome: 'written' };
  expect(figure(text, 'crosswalk_records_total', written)).toBeGreaterThan(0);
  const call = (status: string) => ({ vendor: 'hubspot', limit: 'burst', status });
  expect(figure(text, 'crosswalk_vendor_call_seconds_count', call('2xx'))).toBeGreaterThan(1);
  expect(figure(text, 'crosswalk_vendor_call_seconds_count', call('429'))).toBe(1);
  expect(figure(text, 'crosswalk_vendor_slot_wait_seconds_count', { vendor: 'pendo' })).toBeGreaterThan(0);
  // Each call has its place under a limit; the window holds more than a few calls, and the day more than a few runs.
  const placed = { vendor: 'hubspot', limit: 'burst' };
  const calls = figure(text, 'crosswalk_vendor_slot_wait_seconds_count', placed);
  expect(figure(text, 'crosswalk_vendor_limit_used_ratio_count', placed)).toBe(calls);
  expect(figure(text, 'crosswalk_vendor_limit_used_ratio_bucket', { ...placed, le: '0.99' })).toBe(calls);
  const day = { vendor: 'hubspot', limit: 'day' };
  expect(figure(text, 'crosswalk_vendor_limit_used_ratio_count', day)).toBeGreaterThan(0);
  expect(figure(text, 'crosswalk_vendor_limit_used_ratio_sum', day)).toBeLessThan(1);
  expect(figure(text, 'process_resident_memory_bytes', {})).toBeGreaterThan(0);
  expect(text).toMatch(/^temporal_activity_execution_latency\w*_count\{.*activity_type="closeRun"/m);
  // Each name is described once, whoever it is from.
  const typed = text.split('\n').flatMap((line) => /^# TYPE (\w+)/.exec(line)?.[1] ?? []);
  expect(new Set(typed).size).toBe(typed.length);
  expect(text).not.toContain(tenant.id);
  expectPrivate(text, new Set([...secretsOf(tenant, await tenant.seen())].filter((secret) => !/^\d+$/.test(secret))));
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
});
