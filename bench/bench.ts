/** Everything that the command line asks for, one measurement after the other, on one stack. */
import { benchConsole } from './console.ts';
import { benchDelta } from './delta.ts';
import type { Figure } from './figures.ts';
import { cpuFigures, firstRun, memoryFigures } from './first-run.ts';
import { benchFleet } from './fleet.ts';
import { benchFlood } from './flood.ts';
import { expectState, openGround, plainWorld } from './ground.ts';
import { historyOf } from './history.ts';
import type { BenchOptions, Kind } from './options.ts';
import { benchReadWrite, holdEverything } from './read-write.ts';
import { timeScript } from './script.ts';
import { benchSources } from './sources.ts';
import { benchTelemetry } from './telemetry.ts';
import { benchTenants } from './tenants.ts';
import { benchUnchanged } from './unchanged.ts';

const million = 1_000_000;

export async function bench(options: BenchOptions, tell: (figures: Figure[]) => void): Promise<Figure[]> {
  const figures: Figure[] = [];
  const add = (more: Figure[]): void => {
    figures.push(...more);
    tell(more);
  };
  const wants = (...kinds: Kind[]): boolean => kinds.some((kind) => options.only.includes(kind));
  const ground = await openGround();
  try {
    if (wants('tenants')) add(await benchTenants(ground, options));
    if (wants('read', 'write', 'unchanged', 'delta', 'cpu', 'memory', 'flood')) {
      const filled = await ground.makeTenant(plainWorld('bench', options.records), holdEverything);
      const first = await firstRun(ground, filled);
      if (wants('cpu')) add(cpuFigures(options.records, first));
      if (wants('memory')) add(memoryFigures('memory.rssMiB', first));
      if (wants('read', 'write')) {
        const script = options.script ? await timeScript(ground, options) : null;
        for (const tier of options.tiers) add(await benchReadWrite(ground, filled, options, tier, script));
      }
      await filled.setLatency(0);
      await filled.setLimit(0);
      // What was written is read back and confirmed: yesterday's changes.
      if (wants('unchanged')) {
        expectState(await filled.run(), 'succeeded');
        add(await benchUnchanged(ground, filled, options));
      }
      if (wants('flood')) add(await benchFlood(ground, filled));
      if (wants('delta')) add(await benchDelta(ground, filled));
    }
    if (wants('sources')) add(await benchSources(ground, options));
    if (wants('console')) add(await benchConsole(ground, options));
    // Stops the worker of the others.
    if (wants('telemetry')) add(await benchTelemetry(ground, options));
    // Last: thousands of tenants would be looked after beside everything else.
    if (wants('fleet')) add(await benchFleet(ground));
  } finally {
    await ground.stop();
  }
  if (options.full && wants('memory')) add(await largest());
  return figures;
}

/** A year of events and every field, in a worker that has done nothing before. */
async function largest(): Promise<Figure[]> {
  const ground = await openGround();
  try {
    const tenant = await ground.makeTenant(plainWorld('million', million, { activityDays: 360 }));
    const first = await firstRun(ground, tenant);
    const { events, actions } = await historyOf(ground, tenant);
    return [
      ...memoryFigures('memory.million.rssMiB', first),
      ...cpuFigures(million, first, 'cpu.million'),
      { name: 'history.million.events', value: events, unit: 'events', limit: 2000 },
      { name: 'history.million.actions', value: actions, unit: 'actions' },
    ];
  } finally {
    await ground.stop();
  }
}
