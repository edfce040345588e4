/** Whatever people, vendors and machines do in whatever order: after each run both sides are as the oracle says. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Changes, makeChanges } from '../../chaos/edits.ts';
import { setupNow } from '../../chaos/model.ts';
import type { Stack } from '../../demo/stack.ts';
import { expectedWrites, expect as expectRun } from '../../oracle/index.ts';
import type { Fault } from '../../sandbox/contract.ts';
import { random } from '../../sandbox/world/random.ts';
import type { SyncConfig } from '../../src/sync/config.ts';
import { openStack } from '../e2e/open-stack.ts';
import { type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

type Command =
  /** Edits, renames and blanks of keys, doubles, merges, arrivals and departures on both sides. */
  | { do: 'change'; seed: number; records: number }
  | { do: 'run' }
  | { do: 'dryRun' }
  /** The worker goes and another comes. */
  | { do: 'crash' }
  | { do: 'throttle'; seed: number }
  | { do: 'revoke'; vendor: 'hubspot' | 'pendo' }
  | { do: 'remap'; seed: number };

const seeds = fc.integer({ min: 1, max: 1e9 });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('change' as const), seed: seeds, records: fc.integer({ min: 1, max: 15 }) }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'run' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'dryRun' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('throttle' as const), seed: seeds }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('revoke' as const),
      vendor: fc.constantFrom('hubspot' as const, 'pendo' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remap' as const), seed: seeds }) },
);

/** Values of ours that somebody overwrote before they were read back stand as altered, by the contract: they are left alone here. */
function withoutOverwriting(changes: Changes): Changes {
  const ours = (name: string): boolean => name.startsWith('pendo_') || name.startsWith('hubspot_');
  return {
    ...changes,
    crm: {
      contacts: changes.crm.contacts.filter((one) => !Object.keys(one.properties ?? {}).some(ours)),
      companies: [],
    },
    visitors: changes.visitors.filter(
      (one) => !Object.values(one.metadata ?? {}).some((group) => Object.keys(group ?? {}).some(ours)),
    ),
  };
}

async function carryOut(tenant: TestedTenant, command: Command): Promise<void> {
  const { api } = stack;
  switch (command.do) {
    case 'change': {
      const stage = { ...tenant, objects: ['visitor' as const] };
      const changes = withoutOverwriting(makeChanges(stage, await tenant.seen(), command.seed, command.records));
      await tenant.patch('contacts', changes.crm.contacts);
      await tenant.patch('visitors', changes.visitors);
      if (changes.events.length > 0) await tenant.admin.post(`/admin/worlds/${tenant.name}/events`, changes.events);
      return;
    }
    case 'run':
      return runAndCompare(tenant);
    case 'dryRun': {
      const before = await tenant.seen();
      await tenant.ended(await tenant.start('visitor', 'dryRun'));
      const after = await tenant.seen();
      expect(after.contacts).toEqual(before.contacts);
      expect(after.visitors).toEqual(before.visitors);
      return;
    }
    case 'crash': {
      const run = await tenant.start('visitor');
      await stack.worker?.stop();
      stack.worker = await stack.services.work({ sweepMs: 500, graceMs: 1 });
      await tenant.ended(run);
      return;
    }
    case 'throttle': {
      const fault: Omit<Fault, 'vendor'> = {
        kind: 'status',
        status: 429,
        rate: 0.3,
        seed: command.seed,
        retryAfter: 1,
      };
      for (const vendor of ['hubspot', 'pendo'] as const) await tenant.fault({ ...fault, vendor });
      await tenant.ended(await tenant.start('visitor'));
      await tenant.noFaults();
      return;
    }
    case 'revoke': {
      await tenant.fault({ vendor: command.vendor, kind: 'revoked', count: 1 });
      expect((await tenant.ended(await tenant.start('visitor'))).state).toBe('failed');
      await tenant.noFaults();
      const { world, path } = tenant;
      await api.put(`${path}/connections/pendo`, { key: world.pendoKey, zone: world.zone });
      await api.put(`${path}/connections/hubspot`, { token: world.hubspotToken });
      await api.post(`${path}/syncs/visitor/resume`);
      return;
    }
    case 'remap': {
      const dice = random(command.seed, 'remap');
      const { pull, push } = tenant.full.visitor;
      const some = <T>(all: T[]): T[] => all.filter(() => dice.chance(0.7));
      return tenant.configure('visitor', { pull: some(pull), push: some(push) });
    }
    default:
      command satisfies never;
  }
}

/** The oracle needs no memory of what came before: at rest nothing is owed any more. */
async function runAndCompare(tenant: TestedTenant): Promise<void> {
  const run = await tenant.ended(await tenant.start('visitor'));
  expect(run).toMatchObject({ state: 'succeeded' });
  const truth = await tenant.seen();
  const stage = { ...tenant, objects: ['visitor' as const] };
  const setup = setupNow(stage, 'visitor', tenant.configs.visitor, Date.parse(run.asOf ?? ''));
  expect(expectedWrites(expectRun(truth, setup)).slice(0, 5)).toEqual([]);
  const { legs, read } = run.counts;
  const sum = (counts: Record<string, number> = {}): number => Object.values(counts).reduce((total, n) => total + n, 0);
  expect({ pull: sum(legs?.pull), push: sum(legs?.push) }).toEqual({ pull: read?.hubspot, push: read?.pendo });
}

const config: Partial<SyncConfig> = { guards: { valueShare: 1, valueFloor: 1e6, countShare: 0, countFloor: 1e6 } };
const world = { contacts: 40, visitors: 40, companies: 3, accounts: 3, activityDays: 20, tame: true };

describe('any order of commands', { timeout: 300_000 }, () => {
  test('edit, delete, merge, rename, blank, double, run, dry run, crash, throttle, revoke, remap: always as the model says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 9 }), seeds, async (commands, seed) => {
        const tenant = await testedTenant(stack, { world: { ...world, seed }, config: { visitor: config } });
        await tenant.ended(await tenant.start('visitor', 'enable'));
        for (const each of commands) await carryOut(tenant, each);
        await runAndCompare(tenant);
      }),
      { numRuns: 6, endOnFailure: true, verbose: 1 },
    );
  });
});
