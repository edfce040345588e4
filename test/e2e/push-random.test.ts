/**
 * Push fields drawn at random, over types, windows, settings and nothings: engine and oracle agree on the first run, the same
 * day again writes nothing, and a day on exactly what the oracle says is written, with and without changes.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Truth } from '../../oracle/index.ts';
import type { SyncConfigInput, SyncObject } from '../../src/sync/config.ts';
import { npsMeasures, pushMetrics, usageKinds, usageMeasures } from '../../src/sync/push-mapping.ts';
import { valueKey } from '../../src/sync/push-names.ts';
import { isForObject } from '../../src/sync/push-sources.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { testedTenant } from './tested-tenant.ts';

type Push = NonNullable<SyncConfigInput['push']>;
type Entry = Push[number];

const june = Date.UTC(2026, 5, 15, 16);
const windows = [7, 30, 90, 180] as const;
const window = fc.constantFrom(...windows);
const optionalWindow = fc.option(window, { nil: undefined });

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ now: june });
});
afterAll(() => stack.stop());

/** What a world holds is known only when it is made: items and fields are drawn as numbers, and found by them. */
const draw = fc.oneof(
  fc.record({ of: fc.constant('metric' as const), metric: fc.constantFrom(...pushMetrics), window: optionalWindow }),
  fc.record({
    of: fc.constant('metadata' as const),
    at: fc.nat(),
    timeAs: fc.constantFrom('date' as const, 'datetime' as const),
    onEmpty: fc.constantFrom('clear' as const, 'keep' as const),
  }),
  fc.record({
    of: fc.constantFrom(...usageKinds),
    at: fc.nat(),
    measure: fc.constantFrom(...usageMeasures),
    window: optionalWindow,
  }),
  fc.record({ of: fc.constant('nps' as const), measure: fc.constantFrom(...npsMeasures) }),
  fc.record({ of: fc.constant('segment' as const), at: fc.nat() }),
  fc.record({ of: fc.constant('activeVisitors' as const), window: optionalWindow }),
);
type Draw = typeof draw extends fc.Arbitrary<infer T> ? T : never;

const setup = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  draws: fc.array(draw, { minLength: 15, maxLength: 40 }),
  settings: fc.record({
    window,
    nps: fc.constantFrom('newestAnswer' as const, 'newestSurvey' as const),
    visitType: fc.constantFrom('date' as const, 'datetime' as const),
  }),
  oneApp: fc.boolean(),
  beyondSources: fc.boolean(),
});

const lists = { page: 'pages', feature: 'features', trackType: 'trackTypes', segment: 'segments' } as const;

function entryOf(one: Draw, { subscription }: Truth, object: SyncObject): Entry | undefined {
  const pick = <T>(all: readonly T[], at: number): T => all[at % all.length]!;
  switch (one.of) {
    case 'metric':
      return /^(days|time|usage)/.test(one.metric)
        ? { metric: one.metric, window: one.window }
        : { metric: one.metric };
    case 'metadata': {
      const fields = Object.entries(subscription.schema[object]).flatMap(([group, own]) =>
        Object.entries(own)
          .filter(([name, { isDeleted }]) => !isDeleted && !name.startsWith('hubspot_'))
          .map(([field]) => ({ group, field })),
      );
      return { source: 'metadata', ...pick(fields, one.at), timeAs: one.timeAs, onEmpty: one.onEmpty };
    }
    case 'nps':
      return { source: 'nps', measure: one.measure };
    case 'segment':
      return { source: 'segment', id: pick(subscription.segments, one.at).id };
    case 'activeVisitors':
      return { source: 'activeVisitors', window: one.window };
    default: {
      if (one.measure === 'minutes' && one.of !== 'page') return undefined;
      return {
        source: one.of,
        id: pick(subscription[lists[one.of]], one.at).id,
        measure: one.measure,
        window: one.window,
      };
    }
  }
}

/** Each value once, and only what the object has. */
function pushOf(
  drawn: readonly Draw[],
  truth: Truth,
  object: SyncObject,
  settings: { window: 7 | 30 | 90 | 180 },
): Push {
  const entries = new Map<string, Entry>();
  for (const one of drawn) {
    const entry = entryOf(one, truth, object);
    if (entry && isForObject(object, entry as never)) entries.set(valueKey(entry as never, settings), entry);
  }
  return [...entries.values()];
}

test('what is drawn is pushed as the oracle says, today, again today, and on the days after', async () => {
  await fc.assert(
    fc.asyncProperty(setup, async ({ seed, draws, settings, oneApp, beyondSources }) => {
      await stack.setClock(june);
      const tenant = await testedTenant(stack, {
        world: { seed, contacts: 60, visitors: 70, companies: 40, accounts: 40, beyondSources },
        config: { visitor: { pull: [], push: [] }, account: { pull: [], push: [] } },
      });
      const truth = await tenant.seen();
      const apps = oneApp ? [truth.subscription.apps[0]!.id] : null;
      for (const object of ['visitor', 'account'] as const) {
        const push = pushOf(draws, truth, object, settings);
        await tenant.configure(object, { ...settings, apps, push, guards: { valueShare: 1 } });
      }
      const first = await tenant.round('enable');
      expectAgreement(first);
      await stack.setClock(Date.parse(first.judged[0]!.run.asOf!) + 3 * 3_600_000);
      const again = await tenant.round();
      expectAgreement(again);
      expect(again.writes).toEqual([]);
      await tenant.nextDay(0);
      expectAgreement(await tenant.round());
      await tenant.nextDay(0.3, seed);
      expectAgreement(await tenant.round());
    }),
    // Each takes some seconds: what failed is not tried in a smaller form.
    { numRuns: 2, endOnFailure: true },
  );
}, 240_000);
