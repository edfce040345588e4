/** What it costs a first run to ask an account that works as assumed: a fixed number of calls, and so little of a large account. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

/** Calls of a first run; `known`: the account was asked before. */
async function firstRun(people: number, known: boolean): Promise<number> {
  const tenant: TestedTenant = await testedTenant(stack, {
    world: { contacts: people, visitors: people, companies: 1, accounts: 1, tame: true, activityDays: 20 },
  });
  if (known) await stack.api.post(`${tenant.path}/assumptions/verify`);
  const round = await tenant.round('enable', ['visitor']);
  expectAgreement(round);
  return Object.values(round.judged[0]!.run.calls).reduce((sum, calls) => sum + calls, 0);
}

/** Of an account of this size, the questions are at most two calls in a hundred. */
const large = 100_000;

test(`the questions of a first run are the same calls for any account: 2 % of the calls of one of ${large} people`, {
  timeout: 180_000,
}, async () => {
  const sizes = [200, 3_000] as const;
  const asked: number[] = [];
  const spared: number[] = [];
  for (const people of sizes) {
    asked.push(await firstRun(people, false));
    spared.push(await firstRun(people, true));
  }
  const extra = asked.map((calls, n) => calls - spared[n]!);
  // Reading back asks once or twice more where an answer is late.
  expect(Math.abs(extra[0]! - extra[1]!)).toBeLessThanOrEqual(2);
  expect(Math.max(...extra)).toBeLessThanOrEqual(24);
  expect(Math.min(...extra)).toBeGreaterThan(5);
  // Pages and batches hold a hundred records at both vendors' smallest.
  const perPerson = (spared[1]! - spared[0]!) / (sizes[1] - sizes[0]);
  const share = Math.max(...extra) / (spared[0]! + perPerson * large);
  console.log(`questions: ${extra.join(' and ')} calls; of ${large} people ${(share * 100).toFixed(2)} %`);
  expect(share).toBeLessThanOrEqual(0.02);
});
