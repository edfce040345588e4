/** Each kind of measurement on a small world: it runs to its end, and what it says is what happened. */
import { expect, test } from 'vitest';
import { bench } from '../../bench/bench.ts';
import type { Figure } from '../../bench/figures.ts';
import { readOptions } from '../../bench/options.ts';

test('reading, writing, an unchanged day and a delta are measured', { timeout: 240_000 }, async () => {
  const options = readOptions(
    ['read', 'write', 'unchanged', 'delta', 'cpu', 'memory']
      .flatMap((kind) => ['--only', kind])
      .concat(['--records', '1000', '--tier', '250', '--latency', '20']),
  );
  if (options === 'help') throw new Error('not asked for help');
  const told: Figure[] = [];
  const figures = await bench(options, (more) => told.push(...more));
  expect(told).toEqual(figures);
  const value = (name: string): number => figures.find((figure) => figure.name === name)?.value ?? Number.NaN;

  expect(value('unchanged.writes')).toBe(0);
  expect(value('unchanged.rowsWritten')).toBe(0);
  expect(value('unchanged.callsOverMinimum')).toBeLessThanOrEqual(6);
  expect(value('history.events')).toBeLessThan(300);
  expect(value('read.tier250.busiestTenSeconds')).toBeLessThanOrEqual(250);
  expect(value('read.tier250.refused')).toBe(0);
  expect(value('write.tier250.refused')).toBe(0);
  for (const phase of ['read.tier250', 'write.tier250']) {
    const figure = figures.find(({ name }) => name === phase);
    // Ten calls are nothing to a limit of 250: one round trip would do. At so little, who is quicker is a matter of luck.
    expect(figure?.ofLimit).toBeGreaterThan(0);
    expect(figure?.timesScript).toBeGreaterThan(0);
  }
  // One in two hundred of 1,000 on either side, less the contacts that had no value to change.
  expect(value('delta.changes')).toBeGreaterThan(5);
  expect(value('delta.changes')).toBeLessThanOrEqual(10);
  expect(value('delta.hubspotCalls')).toBeLessThan(10);
});
