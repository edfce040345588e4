/** Dashboard and alert rules ask for what is there: against a real Prometheus that scraped a real run. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Stack } from '../../demo/stack.ts';
import { freePort } from '../../infra/ports.ts';
import { temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { promtool, type RunningPrometheus, startPrometheus } from '../setup/prometheus.ts';
import { openStack } from './open-stack.ts';
import { testedTenant } from './tested-tenant.ts';
import { type RoleProcess, startRoleProcess } from './worker-process.ts';

interface Rule {
  alert: string;
  expr: string;
  annotations: Record<string, string>;
}

const deploy = path.join(import.meta.dirname, '../../deploy');
const rulesFile = path.join(deploy, 'prometheus/crosswalk.rules.yml');
const { groups } = parse(readFileSync(rulesFile, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(readFileSync(path.join(deploy, 'grafana/crosswalk.json'), 'utf8')) as {
  panels: { title: string; targets: { expr: string }[] }[];
};

let stack: Stack;
let worker: RoleProcess;
let prometheus: RunningPrometheus;
beforeAll(async () => {
  stack = await openStack({ worker: false });
  const port = await freePort();
  worker = await startRoleProcess('worker', { ...stack.env, CROSSWALK_METRICS_ADDRESS: `127.0.0.1:${port}` });
  prometheus = await startPrometheus([
    { job: 'crosswalk-api', target: new URL(stack.apiUrl).host, path: '/v1/metrics', key: stack.key },
    { job: 'crosswalk', target: `127.0.0.1:${port}`, path: '/metrics' },
  ]);
}, 90_000);
afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]();
  await worker?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** Nothing of this happens in a run that goes well. */
const quiet = [
  'Active runs',
  'Waiting runs by reason',
  'Steps that ended to wait, per second',
  'Temporal: failed activities, per second',
  'Enabled syncs without a good full run for two days, by size',
];

test('the rules, and the example of a configuration, are what Prometheus accepts', async () => {
  expect(await promtool('check', 'rules', rulesFile)).toMatch(/SUCCESS: \d+ rules found/);
  await promtool('check', 'config', '--syntax-only', path.join(deploy, 'prometheus/prometheus.yml'));
});

test('after a run every panel has its figures, and no alert fires', { timeout: 150_000 }, async () => {
  // Counted from before: what increases is what counters that were there have gained.
  const tenant = await testedTenant(stack, { world: { contacts: 60, visitors: 60, companies: 8, accounts: 8 } });
  await tenant.round('enable', ['visitor']);
  const seen = async (n: number) =>
    Number((await prometheus.query('sum(crosswalk_run_seconds_count)'))[0]?.value[1] ?? 0) >= n || undefined;
  await waitUntil(() => seen(1), { what: 'the first run in Prometheus', timeoutMs: 30_000, everyMs: 500 });
  await tenant.round('run', ['visitor']);
  await waitUntil(() => seen(2), { what: 'the second run in Prometheus', timeoutMs: 30_000, everyMs: 500 });
  for (const { title, targets } of panels) {
    for (const { expr } of targets) {
      const found = await prometheus.query(expr.replaceAll('$__rate_interval', '2m'));
      if (quiet.includes(title)) continue;
      expect(found, `${title}: ${expr}`).not.toEqual([]);
      expect(
        found.some(({ value }) => !Number.isNaN(Number(value[1]))),
        `${title}: ${expr}`,
      ).toBe(true);
    }
  }
  const fresh = await prometheus.query('crosswalk_syncs_fresh{within="1d"}');
  expect(fresh.map(({ metric, value }) => [metric.size, value[1]])).toEqual([['small', '1']]);
  for (const { alert, expr } of rules) expect(await prometheus.query(expr), alert).toEqual([]);
});

test('rules say what figures of some hours would say', async () => {
  await using folder = await temporaryFolder('crosswalk-rules').then((made) => ({
    ...made,
    [Symbol.asyncDispose]: () => made.remove(),
  }));
  const file = path.join(folder.path, 'tests.yml');
  const share = (le: string, values: string) => ({
    series: `crosswalk_vendor_limit_used_ratio_${le === '' ? 'count{' : `bucket{le="${le}",`}limit="day",vendor="hubspot"}`,
    values,
  });
  const fresh = (within: string, size: string, n: number) => ({
    series: `crosswalk_syncs_fresh{within="${within}",size="${size}",instance="api"}`,
    values: `${n}x120`,
  });
  /** @param fired label sets, each with the value where the text has it */
  const alerts = (
    alertname: string,
    eval_time: string,
    ...fired: [labels: Record<string, string>, value: number][]
  ) => {
    const { annotations } = rules.find((rule) => rule.alert === alertname)!;
    const filled = (text: string, labels: Record<string, string>, value: number): string =>
      text.replace('{{ $value }}', `${value}`).replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label) => labels[label] ?? '');
    const exp_alerts = fired.map(([labels, value]) => ({
      exp_labels: { severity: 'warning', ...labels },
      exp_annotations: Object.fromEntries(
        Object.entries(annotations).map(([name, text]) => [name, filled(text, labels, value)]),
      ),
    }));
    return { alertname, eval_time, exp_alerts };
  };
  const day = 'CrosswalkDayLimitNearlyUsed';
  const stale = 'CrosswalkSyncsStale';
  const tests = [
    {
      interval: '1m',
      // Within nine tenths for an hour, then beyond.
      input_series: [share('', '0+10x120'), share('0.9', '0+10x60 600x60')],
      alert_rule_test: [alerts(day, '60m'), alerts(day, '80m', [{ vendor: 'hubspot' }, 0])],
    },
    {
      interval: '1m',
      input_series: [fresh('1d', 'small', 5), fresh('7d', 'large', 1), fresh('never', 'unknown', 2)],
      alert_rule_test: [alerts(stale, '30m'), alerts(stale, '90m', [{ size: 'large' }, 1])],
    },
  ];
  await writeFile(file, JSON.stringify({ rule_files: [rulesFile], evaluation_interval: '1m', tests }));
  await promtool('test', 'rules', file);
});

test('an alert fires where there is a reason for it', { timeout: 60_000 }, async () => {
  await stack.services.control.db.platform(async (tx) => {
    const run = await tx.selectFrom('runs').select('id').orderBy('id').executeTakeFirstOrThrow();
    // As long ago as nobody waits for a good run.
    await tx
      .updateTable('runs')
      .set({ closed_at: new Date(Date.now() - 5 * 86_400_000) })
      .where('id', '>=', run.id)
      .execute();
  });
  const stale = rules.find(({ alert }) => alert === 'CrosswalkSyncsStale')!;
  const [found] = await waitUntil(
    async () => {
      const samples = await prometheus.query(stale.expr);
      return samples.length > 0 ? samples : undefined;
    },
    { what: 'the alert', timeoutMs: 30_000, everyMs: 500 },
  );
  expect(Number(found!.value[1])).toBe(1);
});
