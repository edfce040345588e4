/** An account that works in another way than Crosswalk takes for granted is found out before anything is written to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
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
  pendoEvents: 'pendo.eventsAreActivity',
  pendoGuideList: 'pendo.allGuides',
  pendoPollApps: 'pendo.answersByApp',
  pendoPollDays: 'pendo.longAnswers',
  pendoDoNotProcessFlag: 'pendo.doNotProcessVisitors',
  hubspotAfter: 'hubspot.afterAnyId',
  hubspotSearch: 'hubspot.searchesById',
};

const otherwise = (name: Name): Partial<Switches> => ({ [name]: switchValues[name][1] });

/** With a mapping of every kind, and a property of a track event. */
async function open(switches: Partial<Switches> = {}, tier: 0 | 190 = 0): Promise<TestedTenant> {
  const tenant = await testedTenant(stack, {
    world: { contacts: 120, visitors: 120, companies: 12, accounts: 12, doNotProcessAccounts: 0.3, tier },
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

test('every switch of this kind has an assumption, and every assumption that is asked has a switch or is false otherwise', () => {
  const ids = assumptions.filter(isAsked).map(({ id }) => id);
  // By the zone of the world, by the switch of visitors, and by a portal without limits.
  const others = ['pendo.daysOfZone', 'pendo.doNotProcessAccounts', 'hubspot.namesLimits'];
  expect([...Object.values(falsified), ...others].sort()).toEqual(ids.sort());
});

test('an account that works as assumed proves it in few calls, reading only, and its runs go on', async () => {
  const tenant = await open({}, 190);
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
  'hubspotSearch',
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

  test('pendoEvents: once a person has said that pages and features are meant, the sync goes on and is right', async () => {
    const tenant = await open({ pendoEvents: 'alsoIdentify' });
    expect((await tenant.ended(await tenant.start('visitor', 'enable'))).reason?.code).toBe('ASSUMPTION_DISPROVED');
    const pendo = { zone: tenant.world.zone, clear: 'null', activity: 'pagesAndFeatures' } as const;
    await stack.api.put(`${tenant.path}/connections/pendo`, { ...pendo, key: tenant.world.pendoKey });
    expect(await tenant.sync('visitor')).toMatchObject({ state: 'enabled' });
    expectAgreement(await tenant.round('run', ['visitor'], { pendo }));
    const { needed } = (await verify(tenant)).find(({ id }) => id === 'pendo.eventsAreActivity')!;
    expect(needed).toBe(false);
  });

  test('hubspotSearch: a run that would read only what has changed reads everything', async () => {
    const tenant = await open({ hubspotSearch: 'ignoresIds' });
    expectAgreement(await tenant.round('enable', ['visitor']));
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    const { run } = await stack.api.post<{ run: RunView }>(`${tenant.path}/syncs/visitor/runs`, { scope: 'delta' });
    const round = await tenant.judge(before, from, [run]);
    expect(round.judged[0]!.run).toMatchObject({ state: 'succeeded', scope: 'full' });
    expectAgreement(round);
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
