/** A tenant's first days: both objects, every property type and push field, all the oddities of the generator. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Truth } from '../../oracle/index.ts';
import { type SyncObject, syncObjects } from '../../src/sync/config.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { type Round, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
let tenant: TestedTenant;

beforeAll(async () => {
  stack = await openStack();
  tenant = await testedTenant(stack);
});
afterAll(() => stack.stop());

/** Matched pairs of an object, as (HubSpot id, Pendo id). */
const pairsOf = (round: Round, object: SyncObject): [string, string][] => [
  ...(round.judged.find(({ run }) => run.object === object)?.expectation.match.pairs ?? []),
];

describe('one tenant, day after day', { timeout: 120_000 }, () => {
  let first: Round;

  test('the first runs leave both sides as the oracle wants them, in every owned field and nowhere else', async () => {
    first = await tenant.round('enable');
    expectAgreement(first);
    for (const { run } of first.judged) {
      expect(run.counts.legs?.pull?.written).toBeGreaterThan(50);
      expect(run.counts.legs?.push?.written).toBeGreaterThan(50);
    }
  });

  test('a second run at an unmoved clock writes nothing', async () => {
    const round = await tenant.round();
    expect(round.writes).toEqual([]);
    expectAgreement(round);
  });

  test('a day on without new events, exactly what the oracle says has changed is written', async () => {
    await tenant.nextDay(0);
    const round = await tenant.round();
    expectAgreement(round);
    expect(round.writes.length).toBeGreaterThan(0);
  });

  test('a working day, with people changed, come and gone, is followed', async () => {
    await tenant.nextDay(0.1);
    const round = await tenant.round();
    expectAgreement(round);
    expect(round.writes.length).toBeGreaterThan(0);
  });

  test('values edited by hand in owned fields, on both sides, are repaired and counted as drift', async () => {
    await tenant.nextDay(0);
    const settled = await tenant.round();
    expectAgreement(settled);
    for (const object of syncObjects) {
      const pairs = pairsOf(settled, object).slice(0, 12);
      const [crm, pendo] =
        object === 'visitor' ? (['contacts', 'visitors'] as const) : (['companies', 'accounts'] as const);
      await tenant.patch(
        crm,
        pairs.map(([id]) => ({ id, properties: { pendo_total_visitors: null, pendo_days_active_180d: '777' } })),
      );
      const field = settled.judged.find(({ run }) => run.object === object)?.expectation.owned.pendo[0]
        ?.field as string;
      await tenant.patch(
        pendo,
        pairs.map(([, id]) => ({ id, metadata: { custom: { [field]: 'edited by hand' } } })),
      );
    }
    const round = await tenant.round();
    expectAgreement(round);
    for (const { said } of round.judged) expect(said.drift).toBeGreaterThan(10);
    const quiet = await tenant.round();
    expect(quiet.writes).toEqual([]);
    expectAgreement(quiet);
  });

  test('an edited mapping takes effect on the next run, and a field taken out of it stays as it is', async () => {
    const { pull, push } = tenant.configs.visitor;
    expect(pull.map(({ property }) => property)).toContain('phone');
    const held = (truth: Truth): unknown[] => truth.visitors.map(({ metadata }) => metadata.custom?.hubspot_phone);
    const contacts = pairsOf(first, 'visitor').slice(0, 20);
    await tenant.patch(
      'contacts',
      contacts.map(([id]) => ({ id, properties: { phone: null, jobtitle: 'Mapped only now' } })),
    );
    await tenant.configure('visitor', {
      pull: [...pull.filter(({ property }) => property !== 'phone'), { property: 'jobtitle' }],
      push: push.filter((field) => !('metric' in field) || field.metric !== 'daysActive'),
    });
    const round = await tenant.round('run', ['visitor']);
    expectAgreement(round);
    expect(round.judged[0]?.run.counts.legs?.pull?.written).toBeGreaterThan(20);
    expect(held(round.after).filter((value) => value !== undefined).length).toBeGreaterThan(50);
    expect(held(round.after)).toEqual(held(round.before));
  });
});
