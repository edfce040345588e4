/**
 * Reading and writing at each tier. One run reads every contact (nothing has changed). Then every contact's pushed values
 * are changed in HubSpot, found by a run without limit or latency, and held by the guards. Approving that run writes them
 * all, so that writing is measured by itself.
 */
import { createApi } from '../demo/api.ts';
import type { Call, RawCrmRecord } from '../sandbox/contract.ts';
import { besideBusyLoops } from './contention.ts';
import { busiestWindow, type Figure, median, ofLimit, quickestMs } from './figures.ts';
import { type Bench, expectState, type Ground } from './ground.ts';
import type { BenchOptions } from './options.ts';
import type { ScriptRates } from './script.ts';

/** Calls that the ten-second limit does not count. */
const uncounted = new Set(['search', 'accountDetails', 'oauthToken']);

/** The most common one, which is also read beside busy loops. */
const contendedTier = 190;

interface Phase {
  tookMs: number;
  calls: number;
  before: number[];
  records: number;
  roundTripMs: number;
  refused: number;
  busiest: number;
}

/** From the first call of that kind after `since` (epoch ms) to the end of its last, as HubSpot saw them. */
export function phaseOf(log: readonly Call[], operation: string, since: number): Phase {
  const counted = log.filter((call) => call.vendor === 'hubspot' && !uncounted.has(call.operation));
  const main = counted.filter((call) => call.at >= since && call.operation === operation && call.status < 300);
  const from = Math.min(...main.map((call) => call.at));
  const to = Math.max(...main.map((call) => call.endedAt));
  const within = counted.filter((call) => call.at > from - 10_000 && call.at <= to);
  const before = within.filter((call) => call.at < from && !call.overLimit);
  return {
    tookMs: to - from,
    calls: within.length - before.length,
    before: before.map((call) => from - call.at),
    records: main.reduce((sum, call) => sum + call.records, 0),
    roundTripMs: median(main.map((call) => call.endedAt - call.at)),
    refused: within.filter((call) => call.overLimit).length,
    busiest: busiestWindow(within.filter((call) => !call.overLimit).map((call) => call.at)),
  };
}

export async function benchReadWrite(
  ground: Ground,
  bench: Bench,
  { only, latency }: BenchOptions,
  tier: number,
  script: ScriptRates | null,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  // Also reads back what was written last, so that it counts as confirmed.
  if (only.includes('read')) {
    await bench.setLatency(latency);
    await bench.setLimit(tier);
    const since = Date.now();
    expectState(await bench.run(), 'succeeded');
    figures.push(...figuresOf(`read.tier${tier}`, phaseOf(await bench.log(), 'list', since), tier, script?.read));
    if (tier === contendedTier) figures.push(...(await readBesideBusyLoops(bench, tier)));
  } else expectState(await bench.run(), 'succeeded');
  if (only.includes('write')) {
    await bench.setLatency(0);
    await bench.setLimit(0);
    await spoil(ground, bench);
    const held = expectState(await bench.run(), 'held');
    await bench.setLatency(latency);
    await bench.setLimit(tier);
    const since = Date.now();
    expectState(await bench.approve(held.id), 'succeeded');
    const phase = phaseOf(await bench.log(), 'batchUpdate', since);
    figures.push(...figuresOf(`write.tier${tier}`, phase, tier, script?.write));
  }
  return figures;
}

/** The machine gives this one less than it needs: calls come late for their slots, and must not be refused for that. */
async function readBesideBusyLoops(bench: Bench, tier: number): Promise<Figure[]> {
  await bench.setLimit(tier);
  const since = Date.now();
  await besideBusyLoops(async () => expectState(await bench.run(), 'succeeded'));
  return figuresOf(`read.tier${tier}.contended`, phaseOf(await bench.log(), 'list', since), tier, undefined);
}

function figuresOf(name: string, phase: Phase, tier: number, scriptRate: number | undefined): Figure[] {
  const rate = (ms: number): number => (phase.records / ms) * 1000;
  const value = rate(phase.tookMs);
  return [
    {
      name,
      value,
      unit: 'records/s',
      limit: rate(quickestMs({ ...phase, tier })),
      ofLimit: ofLimit({ ...phase, tier }),
      // Scaled to as many records: a script on one connection is as fast at the end as at the beginning.
      ...(scriptRate === undefined ? {} : { script: scriptRate, timesScript: value / scriptRate }),
    },
    { name: `${name}.refused`, value: phase.refused, unit: 'calls', limit: phase.calls / 1000 },
    { name: `${name}.busiestTenSeconds`, value: phase.busiest, unit: 'calls', limit: tier },
  ];
}

/** Gives every contact other figures than Crosswalk wrote. */
async function spoil({ stack }: Ground, { tenant }: Bench): Promise<void> {
  const at = `/admin/worlds/${tenant.world.world}/contacts`;
  const response = await fetch(`${stack.sandbox.adminUrl}${at}`);
  const ids = (await response.text())
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as RawCrmRecord).id);
  const properties = { pendo_days_active_180d: '181', pendo_time_on_app_180d: '999999' };
  await createApi(stack.sandbox.adminUrl).patch(
    at,
    ids.map((id) => ({ id, properties })),
  );
}

/** Any value that would become nothing holds the push, so that what is owed waits for the limits to be set. */
export const holdEverything = { guards: { valueShare: 0, valueFloor: 0 } } as const;
