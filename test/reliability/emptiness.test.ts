/** A side that only looks emptier than it is costs nobody anything. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../demo/api.ts';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import type { Call, Fault } from '../../sandbox/contract.ts';
import type { SyncObject } from '../../src/sync/config.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const records = { contacts: 250, visitors: 250, companies: 4, accounts: 4 };
const companies = { contacts: 4, visitors: 120, companies: 160, accounts: 160 };

/** A tenant that clears lost matches, so that there is something to be destroyed. */
async function settled(object: SyncObject): Promise<TestedTenant> {
  const tenant = await testedTenant(stack, {
    world: object === 'visitor' ? records : companies,
    config: { [object]: { onLostMatch: 'clear' } },
  });
  expectAgreement(await tenant.round('enable', [object]));
  await tenant.nextDay(0);
  expectAgreement(await tenant.round('run', [object]));
  return tenant;
}

/** What is somebody else's: another portal and another subscription, with as many records. */
const stranger = 'somebody-else';
beforeAll(async () => {
  const world = { world: stranger, seed: 4711, ...records, tier: 0 };
  await createApi(stack.sandbox.adminUrl).post('/admin/worlds', world);
});

const destructive = (calls: Call[]): unknown[] =>
  calls
    .flatMap((call) => call.writes ?? [])
    .filter(
      (write) =>
        write.accepted && Object.values(write.fields).some((value) => value === null || value === '' || value === '0'),
    );

interface Emptier {
  what: string;
  fault: Fault;
  object?: SyncObject;
  /** Nothing of it asks for a loss, so there is nothing to be held. */
  harmless?: boolean;
  /** The fault is there from a good run on, whose pages the next one is given again. */
  stale?: boolean;
}

const contacts = { vendor: 'hubspot', route: 'GET .*/objects/' } as const;
const read = (source: string) => ({ vendor: 'pendo', source: `^${source}$` }) as const;
const emptier: Emptier[] = [
  { what: 'no contacts', fault: { ...contacts, kind: 'empty200' } },
  { what: 'no visitors', fault: { ...read('visitors'), kind: 'empty200' } },
  { what: 'no accounts', object: 'account', fault: { ...read('accounts'), kind: 'empty200' } },
  { what: 'no usage', fault: { ...read('events'), kind: 'empty200' } },
  // An answer that is not there is no reason to take one away.
  { what: 'no answers to surveys', harmless: true, fault: { ...read('pollEvents'), kind: 'empty200' } },
  { what: 'contacts cut off', fault: { ...contacts, kind: 'truncate', count: 30 } },
  { what: 'visitors cut off', fault: { ...read('visitors'), kind: 'truncate', count: 30 } },
  { what: 'an empty body for contacts', fault: { ...contacts, kind: 'noBody200', count: 30 } },
  { what: 'an empty body for visitors', fault: { ...read('visitors'), kind: 'noBody200', count: 30 } },
  { what: 'an old page of contacts', fault: { ...contacts, kind: 'repeatPage', after: 1 } },
  {
    what: 'yesterday’s page of visitors',
    stale: true,
    harmless: true,
    fault: { ...read('visitors'), kind: 'repeatPage' },
  },
  { what: 'yesterday’s page of usage', stale: true, harmless: true, fault: { ...read('events'), kind: 'repeatPage' } },
  { what: 'contacts of another portal', fault: { ...contacts, kind: 'otherWorld', world: stranger } },
  { what: 'visitors of another subscription', fault: { ...read('visitors'), kind: 'otherWorld', world: stranger } },
  { what: 'usage of another subscription', fault: { ...read('events'), kind: 'otherWorld', world: stranger } },
];

describe('a side that looks emptier than it is', { timeout: 120_000 }, () => {
  test.each(emptier)('$what: zero destructive writes, and the run says why it writes nothing', async (each) => {
    const { fault, object = 'visitor', harmless = false, stale = false } = each;
    const tenant = await settled(object);
    const from = await lastCall(tenant);
    await tenant.fault(fault);
    if (stale) {
      await tenant.ended(await tenant.start(object));
      await tenant.nextDay(0);
    }
    const run = await tenant.start(object);
    // A run may wait for a reply that can be read; it then does not end while the fault lasts.
    const ended = await Promise.race([tenant.ended(run), waitingOf(tenant, run.id)]);
    expect(harmless ? ['succeeded'] : ['held', 'waiting']).toContain(ended.state);
    expect(destructive(await tenant.log(from))).toEqual([]);
    expect((await tenant.log(from)).some((call) => call.fault === fault.kind)).toBe(true);
    if (ended.state === 'held') {
      expect(ended.held.length).toBeGreaterThan(0);
      // Which field or side, from how many to how many.
      for (const { subject, message } of ended.held) {
        expect(subject).not.toBe('');
        expect(message).toMatch(/\d+ of \d+ values of|Only \d+ .* after \d+/);
      }
    }
    if (ended.state === 'waiting') {
      expect(ended.reason).toMatchObject({ code: expect.stringMatching(/./), fix: expect.stringMatching(/./) });
    }

    await tenant.noFaults();
    const fixed = ended.state === 'waiting' ? await tenant.ended(run) : ended;
    if (ended.state === 'waiting' && fixed.state === 'held') {
      // Of the ranges read side by side, one was given a page further on before another was given one that cannot be: what
      // lies between looks gone, and is held for that.
      expect(fault.kind).toBe('repeatPage');
      expect(fixed.held.map(({ message }) => message).join()).toMatch(/Only \d+ records read from HubSpot/);
    } else if (ended.state === 'waiting') expect(fixed.state).toBe('succeeded');
    if (fixed.state === 'held' || ended.state !== 'waiting') expectAgreement(await tenant.round('run', [object]));
    // Where a day has passed, the oracle has said above which values went with it.
    if (!stale) expect(destructive(await tenant.log(from))).toEqual([]);
  });
});

test('fields that Pendo only pretended to make are made all the same, before anything is written to them', {
  timeout: 60_000,
}, async () => {
  const tenant = await testedTenant(stack, { world: { contacts: 60, visitors: 60, companies: 4, accounts: 4 } });
  await tenant.fault({ vendor: 'pendo', kind: 'noBody200', route: 'POST .*/metadata/schema/', count: 1 });
  expectAgreement(await tenant.round('enable', ['visitor']));
});

async function waitingOf(tenant: TestedTenant, id: string): Promise<RunView> {
  for (;;) {
    const run = await tenant.run(id);
    if (run.state === 'waiting') return run;
    if (run.state !== 'running' && run.state !== 'queued') return new Promise(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
