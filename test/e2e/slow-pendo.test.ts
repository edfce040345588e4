/** A Pendo that manages little in its time is read in small pieces, and is asked for too much only until that is known. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ worker: { stepMs: 2000 } });
});
afterAll(() => stack.stop());

test('windows and pages shrink once, over many steps, and every figure is right', { timeout: 120_000 }, async () => {
  const tenant = await testedTenant(stack, {
    world: { visitors: 700, contacts: 500, companies: 4, accounts: 4, visitorDays: 7000 },
  });
  const from = await lastCall(tenant);
  const round = await tenant.round('enable', ['visitor']);
  expect(round.judged[0]?.run).toMatchObject({ state: 'succeeded' });
  expectAgreement(round);
  const calls = (await tenant.log(from)).filter(({ operation }) => operation.startsWith('aggregation'));
  expect(calls.filter(({ operation }) => operation === 'aggregation:visitors').length).toBeGreaterThan(4);
  // Five times the window, from 360 days to 11, and then the page, until a hundred visitors fit.
  expect(calls.filter(({ status }) => status === 408).length).toBeLessThan(9);
});
