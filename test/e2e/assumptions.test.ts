/** An account that works in another way than Crosswalk takes for granted is found out before anything is written to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Call, Switches } from '../../sandbox/contract.ts';
import { assumptionSwitches, switchValues } from '../../sandbox/server/switches.ts';
import { assumptions } from '../../src/assumptions/registry.ts';
import { isAsked } from '../../src/assumptions/types.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

type Name = (typeof assumptionSwitches)[number];

/** Which assumption each switch makes false. */
const falsified: Record<Name, string> = {
  pendoComparison: 'pendo.idOrder',
  pendoCountIf: 'pendo.distinctDays',
  pendoMissingInSum: 'pendo.missingMinutes',
  pendoPropertyPaths: 'pendo.trackProperties',
  pendoSeriesCount: 'pendo.seriesForward',
  pendoGuideList: 'pendo.allGuides',
  pendoPollApps: 'pendo.answersByApp',
  pendoPollDays: 'pendo.longAnswers',
  pendoDoNotProcessFlag: 'pendo.doNotProcessVisitors',
  hubspotAfter: 'hubspot.afterAnyId',
};

const otherwise = (name: Name): Partial<Switches> => ({ [name]: switchValues[name][1] });

/** With a mapping of every kind, and a property of a track event. */
async function open(switches: Partial<Switches> = {}): Promise<TestedTenant> {
  const tenant = await testedTenant(stack, {
    world: { contacts: 60, visitors: 60, companies: 12, accounts: 12, doNotProcessAccounts: 0.3 },
    switches,
  });
  const [track] = (await tenant.seen()).subscription.trackTypes;
  const events = [{ source: 'trackType' as const, id: track!.id, properties: [{ name: 'plan' }] }];
  await tenant.configure('visitor', { events });
  return tenant;
}

const written = (calls: readonly Call[]): unknown[] =>
  calls.flatMap(({ writes = [] }) => writes.filter(({ accepted }) => accepted));

interface Listed {
  id: string;
  state: string;
  needed: boolean;
  evidence: string | null;
}
const verify = async (tenant: TestedTenant): Promise<Listed[]> =>
  (await stack.api.post<{ assumptions: Listed[] }>(`/v1/tenants/${tenant.id}/assumptions/verify`)).assumptions;

test('every switch of this kind has an assumption, and every assumption that is asked has a switch but for the zone', () => {
  const ids = assumptions.filter(isAsked).map(({ id }) => id);
  expect([...Object.values(falsified), 'pendo.daysOfZone', 'pendo.doNotProcessAccounts'].sort()).toEqual(ids.sort());
});

test('an account that works as assumed proves it in few calls, reading only, and its runs go on', async () => {
  const tenant = await open();
  const from = await lastCall(tenant);
  const listed = await verify(tenant);
  const byWriting = assumptions.filter((each) => !isAsked(each)).map(({ id }) => id);
  expect(listed.filter(({ id, state }) => state !== 'proved' && !byWriting.includes(id))).toEqual([]);
  const calls = await tenant.log(from);
  expect(written(calls)).toEqual([]);
  expect(calls.length).toBeLessThanOrEqual(40);
  expectAgreement(await tenant.round('enable'));
  // What only writing shows is known after the first run.
  const { assumptions: after } = await stack.api.get<{ assumptions: Listed[] }>(`/v1/tenants/${tenant.id}/assumptions`);
  expect(
    after.filter(({ id, state }) => state === 'disproved' || (state === 'notAsked' && id !== 'pendo.clears')),
  ).toEqual([]);
});

/** Those that leave another way. */
const otherWays: Name[] = [
  'pendoComparison',
  'pendoCountIf',
  'pendoGuideList',
  'pendoPollApps',
  'pendoPollDays',
  'pendoPropertyPaths',
  'hubspotAfter',
];

describe('an account that does not', { timeout: 120_000 }, () => {
  test.each(otherWays)(
    '%s: another way leads to what the oracle says, and the account page tells of it',
    async (name) => {
      const tenant = await open(otherwise(name));
      const found = (await verify(tenant)).filter(({ state }) => state === 'disproved').map(({ id }) => id);
      expect(found).toEqual([falsified[name]]);
      expectAgreement(await tenant.round('enable'));
      await tenant.nextDay(0.2);
      expectAgreement(await tenant.round());
    },
  );

  test.each(assumptionSwitches.filter((name) => !otherWays.includes(name)))(
    '%s: nothing is written, and a person learns what is not so and what to do',
    async (name) => {
      const tenant = await open(otherwise(name));
      const from = await lastCall(tenant);
      const found = (await verify(tenant)).filter(({ state }) => state === 'disproved').map(({ id }) => id);
      expect(found).toContain(falsified[name]);
      const run = await tenant.ended(await tenant.start('visitor', 'enable'));
      expect(run.reason).toMatchObject({ code: 'ASSUMPTION_DISPROVED', fix: expect.stringMatching(/resume/) });
      expect(await tenant.pausedSync('visitor')).toMatchObject({ reason: { code: 'ASSUMPTION_DISPROVED' } });
      expect(written(await tenant.log(from))).toEqual([]);
    },
  );

  test('pendoDoNotProcessFlag, of accounts: nothing of the account sync is written', async () => {
    const tenant = await open({ pendoDoNotProcessFlag: 'listOnly' });
    const from = await lastCall(tenant);
    const run = await tenant.ended(await tenant.start('account', 'enable'));
    expect(run.reason).toMatchObject({ code: 'ASSUMPTION_DISPROVED', fix: expect.stringMatching(/donotprocess/) });
    expect(written(await tenant.log(from))).toEqual([]);
  });

  test('pendoComparison, with more records than are read at once: nothing is written, and a person learns why', async () => {
    const tenant = await testedTenant(stack, {
      world: { contacts: 5, visitors: 50_001, companies: 1, accounts: 1, tame: true, matched: 0, activityDays: 1 },
      switches: otherwise('pendoComparison'),
    });
    const from = await lastCall(tenant);
    const run = await tenant.ended(await tenant.start('visitor', 'enable'));
    expect(run.reason).toMatchObject({
      code: 'ASSUMPTION_DISPROVED',
      message: expect.stringMatching(/more records than can be read at once/),
    });
    expect(written(await tenant.log(from))).toEqual([]);
  });
});
