/** Every setting of a sync, judged by the oracle: what is written under it, and that it then rests. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { type SyncConfigInput, type SyncObject, syncObjects } from '../../src/sync/config.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { type TestedOptions, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const small = { contacts: 120, visitors: 140, companies: 60, accounts: 70 };
const both = (config: Partial<SyncConfigInput>) => ({ visitor: config, account: config });

interface Case extends TestedOptions {
  name: string;
  objects?: SyncObject[];
  /** Runs until nothing is owed any more. Created people get the other leg's fields a run later. Default 1. */
  runs?: number;
}

const cases: Case[] = [
  { name: 'pull only', config: both({ push: [] }) },
  { name: 'push only', config: both({ pull: [] }) },
  { name: 'neither pull nor push', config: both({ pull: [], push: [] }) },
  { name: 'keys folded', config: both({ keyFolding: 'fold' }), world: { ...small, contacts: 250, visitors: 250 } },
  {
    name: 'additional e-mails as keys',
    config: { visitor: { secondaryEmails: true } },
    objects: ['visitor'],
    world: { ...small, contacts: 250, visitors: 250 },
  },
  {
    name: 'contacts created by upsert',
    config: { visitor: { create: 'hubspot' } },
    objects: ['visitor'],
    world: { ...small, matched: 0.6 },
    runs: 2,
  },
  {
    name: 'visitors and accounts created',
    config: both({ create: 'pendo' }),
    world: { ...small, matched: 0.6 },
    runs: 2,
  },
  { name: 'a window of 7 days', config: both({ window: 7 }) },
  { name: 'windows of 30 and 90 days', config: { visitor: { window: 30 }, account: { window: 90 } } },
  { name: 'visits as instants', config: both({ visitType: 'datetime' }) },
  { name: 'the newest survey only', config: both({ nps: 'newestSurvey' }) },
  { name: 'metadata group agent', config: both({ pendoGroup: 'agent' }) },
  { name: 'Pendo cleared by empty strings', pendo: { clear: 'emptyString' } },
  {
    name: 'only pages and features are activity',
    pendo: { activity: 'pagesAndFeatures' },
    everySource: true,
    switches: { pendoEvents: 'alsoIdentify' },
  },
  { name: 'all events are activity, as a person says', pendo: { activity: 'events' } },
  { name: 'Pendo that cannot be cleared', pendo: { clear: 'cannot' } },
];

describe('settings', { timeout: 90_000 }, () => {
  test.each(cases)('$name', async ({ runs = 1, objects = [...syncObjects], ...options }) => {
    const tenant = await testedTenant(stack, { world: small, ...options });
    expectAgreement(await tenant.round('enable', objects));
    for (let run = 2; run <= runs; run++) expectAgreement(await tenant.round('run', objects));
    const last = await tenant.round('run', objects);
    expectAgreement(last);
    expect(last.writes).toEqual([]);
  });

  test('some apps only', async () => {
    const tenant = await testedTenant(stack, { world: small });
    const [, second] = (await tenant.seen()).subscription.apps;
    for (const object of syncObjects) await tenant.configure(object, { apps: [Number(second?.id)] });
    expectAgreement(await tenant.round('enable'));
  });

  test('labels instead of values; an empty property keeps what Pendo has', async () => {
    const tenant = await testedTenant(stack, { world: small });
    for (const object of syncObjects) {
      const { pull } = tenant.configs[object];
      await tenant.configure(object, {
        pull: pull.map((mapping) => ({ ...mapping, options: 'label' as const, onEmpty: 'keep' as const })),
      });
    }
    expectAgreement(await tenant.round('enable'));
    await empty(tenant, 15);
    const kept = await tenant.round();
    expectAgreement(kept);
    expect(kept.judged[0]?.said.pull.kept).toBeGreaterThan(10);
    for (const object of syncObjects) {
      const { pull } = tenant.configs[object];
      await tenant.configure(object, { pull: pull.map((mapping) => ({ ...mapping, onEmpty: 'clear' as const })) });
    }
    const cleared = await tenant.round();
    expectAgreement(cleared);
    expect(cleared.judged[0]?.said.pull.written).toBeGreaterThan(10);
  });

  test('a lost match leaves what was written, or clears it where that is set', async () => {
    const tenant = await testedTenant(stack, { world: small });
    expectAgreement(await tenant.round('enable', ['visitor']));
    const lose = async () => {
      const round = await tenant.round('run', ['visitor']);
      expectAgreement(round);
      const pairs = [...(round.judged[0]?.expectation.match.pairs ?? [])].slice(0, 5);
      await tenant.patch(
        'contacts',
        pairs.map(([id]) => ({ id, properties: { email: `gone-${id}@elsewhere.example` } })),
      );
      return round;
    };
    await lose();
    const left = await tenant.round('run', ['visitor']);
    expectAgreement(left);
    expect(left.writes).toEqual([]);
    await tenant.configure('visitor', { onLostMatch: 'clear' });
    // Those who were lost before the setting changed, then those who are lost under it.
    for (const cleared of [await lose(), await tenant.round('run', ['visitor'])]) {
      expectAgreement(cleared);
      expect(cleared.judged[0]?.run.counts).toMatchObject({ cleared: { pull: 5, push: 5 } });
    }
    const quiet = await tenant.round('run', ['visitor']);
    expectAgreement(quiet);
    expect(quiet.writes).toEqual([]);
  });
});

/** Empties the mapped properties of some matched records on HubSpot's side. */
async function empty(tenant: Awaited<ReturnType<typeof testedTenant>>, n: number): Promise<void> {
  const { contacts } = await tenant.seen();
  const mapped = tenant.configs.visitor.pull.map(({ property }) => property).filter((name) => name !== 'email');
  const none = Object.fromEntries(mapped.map((name) => [name, null]));
  await tenant.patch(
    'contacts',
    contacts
      .filter(({ archived }) => !archived)
      .slice(0, n)
      .map(({ id }) => ({ id, properties: none })),
  );
}
