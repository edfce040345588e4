/**
 * What traces and metrics cost: the same work by workers with and without them, in turns, so that whatever drifts on the machine meets
 * both alike.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../infra/ports.ts';
import { startTracing } from '../src/telemetry/tracing.ts';
import type { Figure } from './figures.ts';
import { type Bench, expectState, type Ground, plainWorld } from './ground.ts';
import type { BenchOptions } from './options.ts';
import { type Spent, spending } from './spending.ts';
import { startWorkerProcess } from './worker-process.ts';

const smallTenants = 6;
const recordsEach = 400;
/** So often each tenant's day is measured by one worker. */
const days = 2;
/** True: with telemetry. Each mode as often first as second. */
const turns = [false, true, true, false];
/** Three times as often as Prometheus is usually told to. */
const scrapeMs = 10_000;

interface Turn {
  small: Spent<unknown>;
  large: Spent<unknown>;
}

export async function benchTelemetry(ground: Ground, { records }: BenchOptions): Promise<Figure[]> {
  await ground.worker.stop();
  await using collector = await startCollector();
  const exporting = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  // The API is in this process: it queues runs, and so gives each its place in a trace.
  Object.assign(process.env, exporting);
  const stopTracing = await startTracing(process.env, 'bench');
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const small: Bench[] = [];
  for (let n = 0; n < smallTenants; n++) {
    small.push(await ground.makeTenant(plainWorld(`traced-${n}`, recordsEach, { seed: n, activityDays: 10 })));
  }
  const large = await ground.makeTenant(plainWorld('traced-large', Math.min(records, 10_000)));
  await large.setLimit(0);
  await firstRuns(ground, [...small, large]);
  const traced: Turn[] = [];
  const without: Turn[] = [];
  for (const on of turns) (on ? traced : without).push(await turn(ground, on ? exporting : {}, small, large));
  await stopTracing();
  if (collector.requests() < turns.length) throw new Error('Hardly a span came: telemetry was not on.');
  return figuresOf(traced, without);
}

/** One worker: warm first, then measured. */
async function turn(ground: Ground, env: Record<string, string>, small: Bench[], large: Bench): Promise<Turn> {
  const metrics = `127.0.0.1:${await freePort()}`;
  const on = Object.keys(env).length > 0;
  const worker = startWorkerProcess({
    ...ground.stack.env,
    ...env,
    ...(on ? { CROSSWALK_METRICS_ADDRESS: metrics } : {}),
  });
  const here = { ...ground, worker };
  await runAll(small);
  const scraping = on
    ? setInterval(() => void fetch(`http://${metrics}/metrics`).catch(() => {}), scrapeMs)
    : undefined;
  const spent = {
    small: await spending(here, async () => {
      for (let day = 0; day < days; day++) await runAll(small);
    }),
    large: await spending(here, () => runAll([large])),
  };
  clearInterval(scraping);
  await worker.stop();
  return spent;
}

async function firstRuns({ stack }: Ground, tenants: Bench[]): Promise<void> {
  const worker = startWorkerProcess(stack.env);
  for (const run of await Promise.all(tenants.map((bench) => bench.enable()))) expectState(run, 'succeeded');
  // What was written is read back and confirmed.
  await runAll(tenants);
  await worker.stop();
}

async function runAll(tenants: Bench[]): Promise<void> {
  for (const run of await Promise.all(tenants.map((bench) => bench.run()))) expectState(run, 'succeeded');
}

function figuresOf(traced: Turn[], without: Turn[]): Figure[] {
  const cpu = ({ workerCpu, postgresCpu, temporalCpu }: Spent<unknown>): number =>
    workerCpu + postgresCpu + temporalCpu;
  const sum = (some: Turn[], which: keyof Turn, of: (spent: Spent<unknown>) => number): number =>
    some.reduce((all, one) => all + of(one[which]), 0);
  /** Of all turns together: each mode has as many, and as many early ones as late ones. */
  const overhead = (which: keyof Turn, of: (spent: Spent<unknown>) => number): number =>
    (sum(traced, which, of) / sum(without, which, of) - 1) * 100;
  const runs = smallTenants * days;
  const each = (some: Turn[], of: (spent: Spent<unknown>) => number): number =>
    (sum(some, 'small', of) * 1000) / runs / some.length;
  return [
    { name: 'telemetry.small.overhead', value: overhead('small', cpu), unit: '% of processor time', limit: 5 },
    { name: 'telemetry.large.overhead', value: overhead('large', cpu), unit: '% of processor time', limit: 5 },
    { name: 'telemetry.small.worker', value: overhead('small', (one) => one.workerCpu), unit: "% of the worker's" },
    { name: 'telemetry.large.worker', value: overhead('large', (one) => one.workerCpu), unit: "% of the worker's" },
    { name: 'telemetry.on.workerCpu', value: each(traced, (one) => one.workerCpu), unit: 'ms a run' },
    { name: 'telemetry.on.postgresCpu', value: each(traced, (one) => one.postgresCpu), unit: 'ms a run' },
    { name: 'telemetry.on.temporalCpu', value: each(traced, (one) => one.temporalCpu), unit: 'ms a run' },
    { name: 'telemetry.off.workerCpu', value: each(without, (one) => one.workerCpu), unit: 'ms a run' },
    { name: 'telemetry.off.postgresCpu', value: each(without, (one) => one.postgresCpu), unit: 'ms a run' },
    { name: 'telemetry.off.temporalCpu', value: each(without, (one) => one.temporalCpu), unit: 'ms a run' },
  ];
}

/** Takes what a collector would, and forgets it. */
async function startCollector() {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      requests += 1;
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
