/** A side that only looks emptier than it is costs nobody anything. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Call, Fault } from '../../sandbox/contract.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

/** A tenant that clears lost matches, so that there is something to be destroyed. */
async function settled(): Promise<TestedTenant> {
  const tenant = await testedTenant(stack, {
    world: { contacts: 250, visitors: 250, companies: 4, accounts: 4 },
    config: { visitor: { onLostMatch: 'clear' } },
  });
  expectAgreement(await tenant.round('enable', ['visitor']));
  await tenant.nextDay(0);
  expectAgreement(await tenant.round('run', ['visitor']));
  return tenant;
}

const destructive = (calls: Call[]): unknown[] =>
  calls
    .flatMap((call) => call.writes ?? [])
    .filter(
      (write) =>
        write.accepted && Object.values(write.fields).some((value) => value === null || value === '' || value === '0'),
    );

const emptier: [string, Fault][] = [
  ['no contacts', { vendor: 'hubspot', kind: 'empty200', route: 'GET .*/objects/' }],
  ['no visitors', { vendor: 'pendo', kind: 'empty200', source: '^visitors$' }],
  ['no usage', { vendor: 'pendo', kind: 'empty200', source: '^events$' }],
  ['contacts cut off', { vendor: 'hubspot', kind: 'truncate', route: 'GET .*/objects/', count: 30 }],
  ['visitors cut off', { vendor: 'pendo', kind: 'truncate', source: '^visitors$', count: 30 }],
  ['an empty body for contacts', { vendor: 'hubspot', kind: 'noBody200', route: 'GET .*/objects/', count: 30 }],
  ['an empty body for visitors', { vendor: 'pendo', kind: 'noBody200', source: '^visitors$', count: 30 }],
  ['an old page of contacts', { vendor: 'hubspot', kind: 'repeatPage', route: 'GET .*/objects/', after: 1 }],
];

describe('a side that looks emptier than it is', { timeout: 120_000 }, () => {
  test.each(emptier)('%s: zero destructive writes', async (_what, fault) => {
    const tenant = await settled();
    const from = await lastCall(tenant);
    await tenant.fault(fault);
    const run = await tenant.start('visitor');
    // A run may wait for a reply that can be read; it then does not end while the fault lasts.
    const ended = await Promise.race([tenant.ended(run), waitingOf(tenant, run.id)]);
    expect(['held', 'waiting']).toContain(ended.state);
    expect(destructive(await tenant.log(from))).toEqual([]);

    await tenant.noFaults();
    if (ended.state === 'held') expectAgreement(await tenant.round('run', ['visitor']));
    else expect((await tenant.ended(run)).state).toBe('succeeded');
    expect(destructive(await tenant.log(from))).toEqual([]);
  });
});

test('fields that Pendo only pretended to make are made all the same, before anything is written to them', {
  timeout: 60_000,
}, async () => {
  const tenant = await testedTenant(stack, { world: { contacts: 60, visitors: 60, companies: 4, accounts: 4 } });
  await tenant.fault({ vendor: 'pendo', kind: 'noBody200', route: 'POST .*/metadata/schema/', count: 1 });
  expectAgreement(await tenant.round('enable', ['visitor']));
});

async function waitingOf(tenant: TestedTenant, id: string): Promise<{ state: string }> {
  for (;;) {
    const run = await tenant.run(id);
    if (run.state === 'waiting') return run;
    if (run.state !== 'running' && run.state !== 'queued') return new Promise(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
