/** Push fields with a source, in a world of every oddity: the oracle, which shares no code with the engine, agrees after every run. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { SyncConfigInput, SyncObject } from '../../src/sync/config.ts';
import { everyPushSource } from '../oracle/every-push-source.ts';
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

/** Named by the API where the name is an item's, and two windows of one metric. */
async function everyKind(object: SyncObject): Promise<Push> {
  const entries = everyPushSource(await tenant.seen(), object).map(
    ({ property: _, ...entry }) => entry as Push[number],
  );
  return [...entries, ...([7, 30] as const).map((window) => ({ metric: 'daysActive' as const, window }))];
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
