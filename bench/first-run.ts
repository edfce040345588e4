/** The first run of a tenant, without limits or latency: what the whole path costs in processor time and in memory. */
import type { Figure } from './figures.ts';
import { type Bench, expectState, type Ground } from './ground.ts';
import { type Spent, spending } from './spending.ts';

/** Resident, in the worker: 400 MB. */
export const mostMiB = 381;

export async function firstRun(ground: Ground, bench: Bench): Promise<Spent<unknown>> {
  await bench.setLatency(0);
  await bench.setLimit(0);
  return spending(ground, async () => expectState(await bench.enable(), 'succeeded'));
}

/** Records: pairs read on both sides, matched, and written both ways. */
export function cpuFigures(records: number, { seconds, workerCpu, postgresCpu }: Spent<unknown>, of = 'cpu'): Figure[] {
  return [
    { name: `${of}.recordsPerSecond`, value: records / (workerCpu + postgresCpu), unit: 'records/s of one core' },
    { name: `${of}.worker`, value: (workerCpu / records) * 1e6, unit: 'µs/record' },
    { name: `${of}.postgres`, value: (postgresCpu / records) * 1e6, unit: 'µs/record' },
    { name: `${of}.elapsedRecordsPerSecond`, value: records / seconds, unit: 'records/s' },
  ];
}

export function memoryFigures(name: string, spent: Spent<unknown>): Figure[] {
  return [{ name, value: spent.peakMiB, unit: 'MiB', limit: mostMiB }];
}
