/** Times the sequential script in a world of its own, on few records, to be scaled. */
import type { Ground } from './ground.ts';
import { plainWorld } from './ground.ts';
import type { BenchOptions } from './options.ts';
import { sequentialScript } from './sequential-script.ts';

/** Records a second. */
export interface ScriptRates {
  read: number;
  write: number;
}

const sample = 6000;

export async function timeScript(ground: Ground, options: BenchOptions): Promise<ScriptRates> {
  const records = Math.min(sample, options.records);
  const bench = await ground.makeTenant(plainWorld('script', records, { tier: 250, visitors: 10 }));
  await bench.setLatency(options.latency);
  const timed = await sequentialScript({
    baseUrl: ground.stack.sandbox.hubspotUrl,
    token: bench.tenant.world.hubspotToken,
    records,
    properties: bench.tenant.configs.visitor.pull.map((mapping) => mapping.property),
    tier: 250,
    change: (id) => ({ jobtitle: `Reader ${id}`, company: 'Compared' }),
  });
  return { read: (timed.records / timed.readMs) * 1000, write: (timed.records / timed.writeMs) * 1000 };
}
