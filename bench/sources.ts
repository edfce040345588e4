/** What 300 fields of the use of pages, features and track types cost beside the seven fields alone. */
import type { Call } from '../sandbox/contract.ts';
import type { SyncConfigInput } from '../src/sync/config.ts';
import { type UsageKind, usageKinds, usageMeasures, type WindowDays } from '../src/sync/push-mapping.ts';
import type { Figure } from './figures.ts';
import { mostMiB } from './first-run.ts';
import { type Bench, expectState, type Ground, plainWorld } from './ground.ts';
import type { BenchOptions } from './options.ts';
import { type Spent, spending } from './spending.ts';

type Push = NonNullable<SyncConfigInput['push']>;

const fields = 300;
/** A year: Usage Trending alone looks back over two windows of 180 days. */
const activityDays = 365;
/** As often as what the seven fields alone take. */
const mostTimes = 2;

interface Measured {
  first: Spent<unknown>;
  unchanged: Spent<unknown>;
  pendo: PendoUse;
}

interface PendoUse {
  calls: number;
  /** What Pendo spent on them. */
  seconds: number;
  /** From the first question to the last answer, with all that the run does beside it. */
  elapsed: number;
}

export async function benchSources(ground: Ground, { records }: BenchOptions): Promise<Figure[]> {
  const seven = await ground.makeTenant(plainWorld('seven', records, { activityDays }), { pull: [] });
  const alone = await measured(ground, seven);
  const many = await ground.makeTenant(plainWorld('many', records, { activityDays }), { pull: [] });
  await addFields(ground, many);
  const beside = await measured(ground, many);
  const times = (name: string, of: (one: Measured) => number, limit?: number): Figure => ({
    name: `sources.${name}`,
    value: of(beside) / of(alone),
    unit: 'times the seven alone',
    ...(limit === undefined ? {} : { limit }),
  });
  return [
    { name: 'sources.fields', value: fields, unit: 'fields' },
    { name: 'sources.pendoCalls', value: beside.pendo.calls, unit: 'calls' },
    { name: 'sources.pendoSeconds', value: beside.pendo.seconds, unit: 's' },
    times('pendoCalls.times', ({ pendo }) => pendo.calls, mostTimes),
    times('pendoSeconds.times', ({ pendo }) => pendo.seconds, mostTimes),
    times('pendoElapsed.times', ({ pendo }) => pendo.elapsed),
    { name: 'sources.unchanged.seconds', value: beside.unchanged.seconds, unit: 's' },
    times('unchanged.times', ({ unchanged }) => unchanged.seconds),
    { name: 'sources.first.seconds', value: beside.first.seconds, unit: 's' },
    times('first.times', ({ first }) => first.seconds),
    {
      name: 'sources.rssMiB',
      value: Math.max(beside.first.peakMiB, beside.unchanged.peakMiB),
      unit: 'MiB',
      limit: mostMiB,
    },
    times('rssMiB.times', ({ first, unchanged }) => Math.max(first.peakMiB, unchanged.peakMiB)),
  ];
}

/** A first run that writes everything, and a day on which nothing has changed. */
async function measured(ground: Ground, bench: Bench): Promise<Measured> {
  await bench.setLatency(0);
  await bench.setLimit(0);
  const first = await spending(ground, async () => expectState(await bench.enable(), 'succeeded'));
  // What was written is read back and confirmed.
  expectState(await bench.run(), 'succeeded');
  await bench.clearLog();
  const unchanged = await spending(ground, async () => expectState(await bench.run(), 'succeeded'));
  return { first, unchanged, pendo: pendoUse(await bench.log()) };
}

function pendoUse(log: readonly Call[]): PendoUse {
  const calls = log.filter(({ operation }) => operation.startsWith('aggregation:'));
  const from = Math.min(...calls.map(({ at }) => at));
  const to = Math.max(...calls.map(({ endedAt }) => endedAt));
  const spent = calls.reduce((sum, { at, endedAt }) => sum + endedAt - at, 0);
  return { calls: calls.length, seconds: spent / 1000, elapsed: (to - from) / 1000 };
}

/** Spread over all pages, features and track types that Pendo lists: each item gets some measures, each over other days. */
async function addFields({ stack }: Ground, { tenant }: Bench): Promise<void> {
  const at = `/v1/tenants/${tenant.id}`;
  const lists = { page: 'pages', feature: 'features', trackType: 'track-types' } as const;
  const push: Push = [...tenant.configs.visitor.push];
  const items: { kind: UsageKind; id: string }[] = [];
  for (const kind of usageKinds) {
    const page = await stack.api.get<{ items: { id: string }[] }>(`${at}/catalogue/pendo/${lists[kind]}?limit=100`);
    items.push(...page.items.map(({ id }) => ({ kind, id })));
  }
  for (let n = 0; n < fields; n++) {
    const { kind, id } = items[n % items.length]!;
    const measures = usageMeasures.filter((measure) => kind === 'page' || measure !== 'minutes');
    // How many fields the item has already: no two of them measure the same.
    const turn = Math.floor(n / items.length) + n;
    const window = ([7, 30, 90, 180] as const satisfies WindowDays[])[n % 4]!;
    push.push({
      source: kind,
      id,
      measure: measures[turn % measures.length]!,
      window,
      property: `pendo_use_${n}`,
    });
  }
  await stack.api.put(`${at}/syncs/visitor`, { ...tenant.configs.visitor, push });
}
