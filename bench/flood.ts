/**
 * Strangers beside a run: 60 bodies of 250 kB a second without a key or with a wrong one, and 40 requests that are sent byte by byte.
 * Measured: how much longer a run takes that HubSpot's limit paces, and how requests with a good key fare meanwhile.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figure, median } from './figures.ts';
import { type Bench, expectState, type Ground } from './ground.ts';
import { secondsOf } from './spending.ts';

/** The slowest tier: the run is paced by the limit, as a daily run is, and lasts some 30 s with 30,000 records. */
const tier = 100;
const rounds = 3;

export async function benchFlood(ground: Ground, bench: Bench): Promise<Figure[]> {
  await bench.setLatency(0);
  await bench.setLimit(tier);
  const alone: number[] = [];
  const beside: number[] = [];
  const keyed: Keyed = { ms: [], failed: 0 };
  // In turn, so that whatever else the machine does meets both.
  for (let round = 0; round < rounds; round++) {
    alone.push(await timeRun(bench));
    const flood = await startFlood(ground.stack.apiUrl);
    const asking = askWithKey(ground, keyed);
    beside.push(await timeRun(bench));
    await asking.stop();
    await flood.stop();
  }
  await bench.setLimit(0);
  const times = keyed.ms.sort((a, b) => a - b);
  return [
    { name: 'flood.runSeconds', value: median(alone), unit: 's alone' },
    { name: 'flood.runBesideSeconds', value: median(beside), unit: 's', limit: median(alone) * 1.1 },
    { name: 'flood.runRatio', value: median(beside) / median(alone), unit: 'times', limit: 1.1 },
    { name: 'flood.keyedRequests', value: times.length, unit: 'requests' },
    { name: 'flood.keyedFailed', value: keyed.failed, unit: 'requests', limit: 0 },
    { name: 'flood.keyedP95', value: times[Math.floor(times.length * 0.95)] ?? 0, unit: 'ms' },
  ];
}

/** From a full window of HubSpot's, so that every run has the same calls to spend. */
async function timeRun(bench: Bench): Promise<number> {
  await bench.setLimit(tier);
  return secondsOf(async () => expectState(await bench.run(), 'succeeded'));
}

async function startFlood(url: string): Promise<{ stop(): Promise<void> }> {
  const child = fork(path.join(import.meta.dirname, 'flood-process.ts'), [url], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await once(child, 'message');
  return {
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

interface Keyed {
  /** Milliseconds of each answer. */
  ms: number[];
  failed: number;
}

/** Ten requests a second with a good key, one after the other. */
function askWithKey({ stack }: Ground, into: Keyed): { stop(): Promise<void> } {
  let stopping = false;
  const asking = (async () => {
    while (!stopping) {
      const from = performance.now();
      const ok = await fetch(`${stack.apiUrl}/v1/tenants?limit=1`, {
        headers: { authorization: `Bearer ${stack.key}` },
      })
        .then(async (answer) => {
          await answer.text();
          return answer.ok;
        })
        .catch(() => false);
      if (!ok) into.failed++;
      into.ms.push(performance.now() - from);
      await sleep(100);
    }
  })();
  return {
    async stop() {
      stopping = true;
      await asking;
    },
  };
}
