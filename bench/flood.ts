/**
 * Strangers beside a run: 60 bodies of 250 kB a second without a key or with a wrong one, and 40 requests that are sent byte by byte.
 * Measured: how much longer a run takes that HubSpot's limit paces, and how requests with a good key fare meanwhile. Also what the
 * strangers cost the process that serves the API, and what they cost themselves: they run on the same machine, and a run that no
 * limit paces has to share its processors with both.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figure, median } from './figures.ts';
import { type Bench, expectState, type Ground } from './ground.ts';
import { cpuSeconds } from './processes.ts';
import { secondsOf } from './spending.ts';

/** The slowest tier: the run is paced by the limit, as a daily run is, and lasts some 30 s with 30,000 records. */
const tier = 100;
const rounds = 3;

export async function benchFlood(ground: Ground, bench: Bench): Promise<Figure[]> {
  await bench.setLatency(0);
  const keyed: Keyed = { ms: [], failed: 0 };
  const paced = await compare(ground, bench, keyed, tier);
  const free = await compare(ground, bench, keyed, 0);
  const times = keyed.ms.sort((a, b) => a - b);
  return [
    { name: 'flood.runSeconds', value: median(paced.alone.seconds), unit: 's alone' },
    {
      name: 'flood.runBesideSeconds',
      value: median(paced.beside.seconds),
      unit: 's',
      limit: median(paced.alone.seconds) * 1.1,
    },
    { name: 'flood.runRatio', value: ratio(paced), unit: 'times', limit: 1.1 },
    { name: 'flood.unpacedSeconds', value: median(free.alone.seconds), unit: 's alone' },
    { name: 'flood.unpacedRatio', value: ratio(free), unit: 'times' },
    { name: 'flood.apiCpuAlone', value: median(paced.alone.api), unit: 'processors' },
    { name: 'flood.apiCpuBeside', value: median(paced.beside.api), unit: 'processors' },
    { name: 'flood.strangersCpu', value: median(paced.beside.strangers), unit: 'processors' },
    { name: 'flood.keyedRequests', value: times.length, unit: 'requests' },
    { name: 'flood.keyedFailed', value: keyed.failed, unit: 'requests', limit: 0 },
    { name: 'flood.keyedP95', value: times[Math.floor(times.length * 0.95)] ?? 0, unit: 'ms' },
  ];
}

/** Seconds of runs, and how many processors the API and the strangers took meanwhile. */
interface Timed {
  seconds: number[];
  api: number[];
  strangers: number[];
}
const timed = (): Timed => ({ seconds: [], api: [], strangers: [] });
const ratio = ({ alone, beside }: { alone: Timed; beside: Timed }) => median(beside.seconds) / median(alone.seconds);

async function compare(ground: Ground, bench: Bench, keyed: Keyed, limit: number) {
  const [alone, beside] = [timed(), timed()];
  // In turn, so that whatever else the machine does meets both.
  for (let round = 0; round < rounds; round++) {
    await timeRun(bench, limit, alone);
    const flood = await startFlood(ground.stack.apiUrl);
    const asking = askWithKey(ground, keyed);
    await timeRun(bench, limit, beside, flood.pid);
    await asking.stop();
    await flood.stop();
  }
  return { alone, beside };
}

/** From a full window of HubSpot's, so that every run has the same calls to spend. The API is served by this process. */
async function timeRun(bench: Bench, limit: number, into: Timed, strangers?: number): Promise<void> {
  await bench.setLimit(limit);
  const before = [cpuSeconds(process.pid), strangers === undefined ? 0 : cpuSeconds(strangers)] as const;
  const seconds = await secondsOf(async () => expectState(await bench.run(), 'succeeded'));
  into.seconds.push(seconds);
  into.api.push((cpuSeconds(process.pid) - before[0]) / seconds);
  if (strangers !== undefined) into.strangers.push((cpuSeconds(strangers) - before[1]) / seconds);
}

async function startFlood(url: string): Promise<{ pid: number; stop(): Promise<void> }> {
  const child = fork(path.join(import.meta.dirname, 'flood-process.ts'), [url], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await once(child, 'message');
  return {
    pid: child.pid!,
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
