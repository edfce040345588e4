/** What was refused is tried again when a person asks for it, with the values of that moment, also where nobody touched it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { RawPortal } from '../../sandbox/contract.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

/** The portal wants a job title of whoever lives in this town. */
const rule = { object: 'contacts', property: 'jobtitle', when: { property: 'city', value: 'Nowhere' } } as const;

test('refused rows are retried on demand', { timeout: 90_000 }, async () => {
  const tenant = await testedTenant(stack, {
    world: { contacts: 60, visitors: 60, companies: 4, accounts: 4, tame: true, matched: 1 },
  });
  const truth = await tenant.seen();
  const visitors = new Set(truth.visitors.map((one) => one.id));
  const ids = truth.contacts.filter((one) => visitors.has(one.properties.email ?? '')).map((one) => one.id);
  const refused = ids.slice(0, 2);
  await tenant.patch(
    'contacts',
    refused.map((id) => ({ id, properties: { city: 'Nowhere', jobtitle: null } })),
  );
  await tenant.patch('portal', { validationRules: [rule] } satisfies Partial<RawPortal>);
  const first = await tenant.round('enable', ['visitor']);
  expectAgreement(first);
  expect(first.judged[0]?.run.counts.legs?.push?.rejected).toBe(2);

  await tenant.patch('portal', { validationRules: [] } satisfies Partial<RawPortal>);
  const retry = await tenant.round('retry', ['visitor']);
  expectAgreement(retry);
  expect(retry.judged[0]?.run).toMatchObject({ trigger: 'retry', scope: 'full', state: 'succeeded' });
  const sent = retry.writes.flatMap((call) => call.writes?.map((write) => write.id) ?? []);
  expect(sent.sort()).toEqual([...refused].sort());
});
