/** Push fields with a source, in a world of every oddity: the oracle, which shares no code with the engine, agrees after every run. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { SyncConfigInput, SyncObject } from '../../src/sync/config.ts';
import { npsMeasures } from '../../src/sync/push-mapping.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';

type Push = NonNullable<SyncConfigInput['push']>;

let stack: Stack;
let tenant: TestedTenant;
beforeAll(async () => {
  stack = await openStack();
  tenant = await testedTenant(stack, {
    world: { contacts: 120, visitors: 130, companies: 60, accounts: 60 },
    config: { visitor: { pull: [], push: [] }, account: { pull: [], push: [] } },
  });
  for (const object of ['visitor', 'account'] as const)
    await tenant.configure(object, { push: await everyKind(object), guards: { valueShare: 1 } });
});
afterAll(() => stack.stop());

/** Every metadata field, and of each other kind some. */
async function everyKind(object: SyncObject): Promise<Push> {
  const { subscription } = await tenant.seen();
  const metadata = Object.entries(subscription.schema[object]).flatMap(([group, fields]) =>
    Object.entries(fields)
      .filter(([name, { isDeleted }]) => !isDeleted && !name.startsWith('hubspot_'))
      .map(([field, { type }], at): Push[number] => ({
        source: 'metadata',
        group,
        field,
        onEmpty: at % 3 === 0 ? 'keep' : 'clear',
        ...(type === 'time' && at % 2 === 0 ? { timeAs: 'datetime' as const } : {}),
      })),
  );
  const lists = [
    ['page', subscription.pages],
    ['feature', subscription.features],
    ['trackType', subscription.trackTypes],
  ] as const;
  const windows = [7, 30, 90, 180] as const;
  const usage = lists.flatMap(([source, list]) =>
    list
      .filter((_, at) => at % 13 === 0)
      .flatMap(({ id }, at) =>
        (['events', 'days', 'firstUse', 'lastUse', ...(source === 'page' ? (['minutes'] as const) : [])] as const).map(
          (measure): Push[number] => ({ source, id, measure, window: windows[at % 4]! }),
        ),
      ),
  );
  const ofVisitors = ['category', 'comment', 'answeredOn'];
  return [
    ...metadata,
    ...usage,
    ...npsMeasures
      .filter((measure) => object === 'account' || ofVisitors.includes(measure))
      .map((measure) => ({ source: 'nps' as const, measure })),
    ...subscription.segments.map(({ id }) => ({ source: 'segment' as const, id })),
    ...(object === 'account' ? [{ source: 'activeVisitors' as const, window: 30 as const }] : []),
    ...([7, 30] as const).map((window) => ({ metric: 'daysActive' as const, window })),
  ];
}

test('the first run fills every field, and the next one writes nothing', async () => {
  const first = await tenant.round('enable');
  expectAgreement(first);
  expect(first.writes.length).toBeGreaterThan(0);
  const { asOf } = first.judged[0]!.run;
  await stack.setClock(Date.parse(asOf!) + 3 * 3_600_000);
  expectAgreement(await tenant.round());
}, 120_000);

test('a day on, with changes on both sides, what is written is what follows from them', async () => {
  await tenant.nextDay(0.2);
  expectAgreement(await tenant.round());
}, 120_000);
