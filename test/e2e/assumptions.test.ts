/** An account that works in another way than Crosswalk takes for granted is found out before anything is written to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Call, Switches } from '../../sandbox/contract.ts';
import { assumptionSwitches, switchValues } from '../../sandbox/server/switches.ts';
import { assumptions } from '../../src/assumptions/registry.ts';
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
  pendoSeriesCount: 'pendo.seriesForward',
  pendoGuideList: 'pendo.allGuides',
  pendoPollApps: 'pendo.longAnswers',
  hubspotAfter: 'hubspot.afterAnyId',
};

const otherwise = (name: Name): Partial<Switches> => ({ [name]: switchValues[name][1] });

const open = (switches: Partial<Switches> = {}): Promise<TestedTenant> =>
  testedTenant(stack, { world: { contacts: 60, visitors: 60, companies: 12, accounts: 12 }, switches });

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

test('every switch of this kind has an assumption, and every assumption that stops a sync has a switch but for the zone', () => {
  const ids = assumptions.filter(({ otherwise }) => otherwise === 'stop').map(({ id }) => id);
  expect([...Object.values(falsified), 'pendo.daysOfZone'].sort()).toEqual(ids.sort());
});

test('an account that works as assumed proves it in few calls, reading only, and its runs go on', async () => {
  const tenant = await open();
  const from = await lastCall(tenant);
  const listed = await verify(tenant);
  expect(listed.filter(({ state }) => state !== 'proved')).toEqual([]);
  const calls = await tenant.log(from);
  expect(written(calls)).toEqual([]);
  expect(calls.length).toBeLessThanOrEqual(40);
  expectAgreement(await tenant.round('enable'));
});

describe('an account that does not', { timeout: 120_000 }, () => {
  test.each(assumptionSwitches)(
    '%s: nothing is written, and a person learns what is not so and what to do',
    async (name) => {
      const tenant = await open(otherwise(name));
      const from = await lastCall(tenant);
      const found = (await verify(tenant)).filter(({ state }) => state === 'disproved').map(({ id }) => id);
      expect(found).toContain(falsified[name]);
      const run = await tenant.ended(await tenant.start('visitor', 'enable'));
      expect(run.reason).toMatchObject({ code: 'ASSUMPTION_DISPROVED', fix: expect.stringMatching(/resume/) });
      expect(await tenant.sync('visitor')).toMatchObject({ state: 'paused', reason: { code: 'ASSUMPTION_DISPROVED' } });
      expect(written(await tenant.log(from))).toEqual([]);
    },
  );
});
