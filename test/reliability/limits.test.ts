import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, testedTenant } from '../e2e/tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

/** Pages of contacts that may be on their way at once. */
const inFlight = 128;

describe('limits', { timeout: 120_000 }, () => {
  test('a tier that shrinks in mid-run is exceeded by no more than what was on its way; the run ends all the same', async () => {
    const tenant = await testedTenant(stack, {
      world: { contacts: 20_000, visitors: 10, companies: 2, accounts: 2, activityDays: 2, tier: 190, tame: true },
    });
    const from = await lastCall(tenant);
    const run = await tenant.start('visitor', 'enable');
    await waitUntil(
      async () => (await tenant.log(from)).filter((call) => call.operation === 'list').length > 60 || undefined,
      {
        what: 'the contacts being read',
        timeoutMs: 30_000,
      },
    );
    await tenant.patch('portal', { tier: 100 });
    expect((await tenant.ended(run)).state).toBe('succeeded');
    const calls = (await tenant.log(from)).filter((call) => call.vendor === 'hubspot');
    expect(calls.filter((call) => call.operation === 'list' && call.status === 200).length).toBeGreaterThanOrEqual(200);
    expect(calls.filter((call) => call.overLimit).length).toBeLessThanOrEqual(inFlight);
  });
});
