/** Many small tenants through one worker: what each takes, and how much a large one beside them delays them. */
import type { RunView } from '../demo/runs.ts';
import { type Figure, median } from './figures.ts';
import { mostMiB } from './first-run.ts';
import { type Bench, expectState, type Ground, plainWorld } from './ground.ts';
import { historyOf } from './history.ts';
import type { BenchOptions } from './options.ts';
import { databaseBytes, rowsWritten, spending } from './spending.ts';

const recordsEach = 400;

export async function benchTenants(ground: Ground, { full, records }: BenchOptions): Promise<Figure[]> {
  const small: Bench[] = [];
  for (let n = 0; n < (full ? 500 : 24); n++) {
    small.push(await ground.makeTenant(plainWorld(`small-${n}`, recordsEach, { seed: n, activityDays: 10 })));
  }
  const bytesBefore = await databaseBytes(ground);
  const first = await spending(ground, () => Promise.all(small.map((bench) => bench.enable())));
  const bytes = (await databaseBytes(ground)) - bytesBefore;
  const beside = small.slice(0, 50);
  const daily = await dayOf(ground, beside);
  const large = await ground.makeTenant(plainWorld('large', full ? 200_000 : Math.min(records, 20_000)));
  await large.setLimit(0);
  const alone = await Promise.all(beside.map((bench) => bench.run()));
  const running = large.enable();
  await started(large);
  const together = await Promise.all(beside.map((bench) => bench.run()));
  const [slow, quick] = [together, alone].map((runs) => median(runs.map(took))) as [number, number];
  const slowest = Math.max(...together.map(took));
  expectState(await running, 'succeeded');
  const all = small.length * recordsEach;
  return [
    { name: 'tenants.count', value: small.length, unit: 'tenants' },
    { name: 'tenants.secondsEach', value: first.seconds / small.length, unit: 's' },
    {
      name: 'tenants.recordsPerSecond',
      value: all / (first.workerCpu + first.postgresCpu),
      unit: 'records/s of one core',
    },
    { name: 'tenants.rssMiB', value: first.peakMiB, unit: 'MiB', limit: mostMiB },
    { name: 'tenants.fairness', value: slow / quick, unit: 'times its time alone', limit: 3 },
    // Alone they run all at once as well, so that the slowest of them is what a single one is measured against.
    {
      name: 'tenants.fairness.slowest',
      value: slowest / Math.max(...alone.map(took)),
      unit: 'times the slowest alone',
      limit: 3,
    },
    { name: 'tenants.bytesPerRecord', value: bytes / all, unit: 'bytes' },
    ...daily,
  ];
}

/** What one tenant's day costs on which nothing has changed: the coefficients of the capacity page. */
async function dayOf(ground: Ground, tenants: Bench[]): Promise<Figure[]> {
  // What the first run wrote is read back and confirmed.
  for (const run of await Promise.all(tenants.map((bench) => bench.run()))) expectState(run, 'succeeded');
  for (const bench of tenants) await bench.clearLog();
  const before = await rowsWritten(ground);
  const spent = await spending(ground, () => Promise.all(tenants.map((bench) => bench.run())));
  for (const run of spent.result) expectState(run, 'succeeded');
  const after = await rowsWritten(ground);
  const rows = [...after].reduce((sum, [name, n]) => sum + n - (before.get(name) ?? 0), 0);
  const calls = (await Promise.all(tenants.map((bench) => bench.log()))).flat();
  const histories = await Promise.all(tenants.map((bench) => historyOf(ground, bench)));
  const hubspot = calls.filter((call) => call.vendor === 'hubspot').length;
  const each = (sum: number): number => sum / tenants.length;
  return [
    { name: 'tenants.daily.workerCpu', value: each(spent.workerCpu * 1000), unit: 'ms' },
    { name: 'tenants.daily.postgresCpu', value: each(spent.postgresCpu * 1000), unit: 'ms' },
    { name: 'tenants.daily.temporalCpu', value: each(spent.temporalCpu * 1000), unit: 'ms' },
    { name: 'tenants.daily.seconds', value: each(spent.seconds), unit: 's' },
    { name: 'tenants.daily.hubspotCalls', value: each(hubspot), unit: 'calls' },
    { name: 'tenants.daily.pendoCalls', value: each(calls.length - hubspot), unit: 'calls' },
    { name: 'tenants.daily.rows', value: each(rows), unit: 'rows' },
    {
      name: 'tenants.daily.actions',
      value: each(histories.reduce((sum, { actions }) => sum + actions, 0)),
      unit: 'actions',
    },
  ];
}

function took(run: RunView): number {
  expectState(run, 'succeeded');
  const { queuedAt, closedAt } = run as RunView & { queuedAt: string; closedAt: string };
  return Date.parse(closedAt) - Date.parse(queuedAt);
}

/** Until the large tenant is being read. */
async function started(large: Bench): Promise<void> {
  while (!(await large.log()).some((call) => call.operation === 'list')) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
