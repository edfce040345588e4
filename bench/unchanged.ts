/** A day on which nothing has changed: no write, hardly a call too many, hardly a row. */
import type { Figure } from './figures.ts';
import { type Bench, expectState, type Ground } from './ground.ts';
import { historyOf } from './history.ts';
import type { BenchOptions } from './options.ts';
import { rowsWritten, spending } from './spending.ts';

/** Rows here grow with what has changed; the other tables keep account of calls and pages. */
const tables = ['hubspot_records', 'pendo_records', 'sent_values', 'deliveries', 'outcomes'];

export async function benchUnchanged(ground: Ground, bench: Bench, { records }: BenchOptions): Promise<Figure[]> {
  await bench.clearLog();
  const before = await rowsWritten(ground);
  const spent = await spending(ground, () => bench.run());
  expectState(spent.result, 'succeeded');
  const after = await rowsWritten(ground);
  const log = (await bench.log()).filter((call) => call.vendor === 'hubspot');
  const writes = (await bench.log()).reduce((sum, call) => sum + (call.writes?.length ?? 0), 0);
  const least = Math.ceil(records / 100);
  const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const data = tables.reduce((sum, name) => sum + grown(name), 0);
  const all = [...after.keys()].reduce((sum, name) => sum + grown(name), 0);
  const { events, actions } = await historyOf(ground, bench);
  return [
    { name: 'unchanged.writes', value: writes, unit: 'records', limit: 0 },
    { name: 'unchanged.hubspotCalls', value: log.length, unit: 'calls', limit: Math.floor(least * 1.02 + 6) },
    {
      name: 'unchanged.callsOverMinimum',
      value: log.length - least,
      unit: 'calls',
      limit: Math.floor(least * 0.02 + 6),
    },
    { name: 'unchanged.rowsWritten', value: data, unit: 'rows', limit: 0 },
    { name: 'unchanged.bookkeepingRows', value: all - data, unit: 'rows' },
    { name: 'unchanged.seconds', value: spent.seconds, unit: 's without limits or latency' },
    {
      name: 'unchanged.recordsPerSecond',
      value: records / (spent.workerCpu + spent.postgresCpu),
      unit: 'records/s of one core',
    },
    { name: 'history.events', value: events, unit: 'events', limit: 300 },
    { name: 'history.actions', value: actions, unit: 'actions', limit: 40 },
  ];
}
