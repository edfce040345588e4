/** Whatever people, vendors and machines do in whatever order: after each run both sides are as the oracle says. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Changes, makeChanges } from '../../chaos/edits.ts';
import { setupNow } from '../../chaos/model.ts';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { expectedWrites, expect as expectRun } from '../../oracle/index.ts';
import type { Fault, PendoEdit } from '../../sandbox/contract.ts';
import { random } from '../../sandbox/world/random.ts';
import { type SyncConfig, type SyncObject, syncObjects } from '../../src/sync/config.ts';
import { openStack } from '../e2e/open-stack.ts';
import { type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import { type RoleProcess, startWorkerProcess } from '../e2e/worker-process.ts';
import { workflowBundle } from '../setup/temporal.ts';

let stack: Stack;
let worker: RoleProcess;
beforeAll(async () => {
  stack = await openStack({ worker: false });
  // What a kill costs here: a start without bundling, and a silence that is soon noticed.
  Object.assign(stack.env, { CROSSWALK_SILENCE_MS: '2000', CROSSWALK_WORKFLOW_BUNDLE: workflowBundle().codePath });
  worker = await startWorkerProcess(stack);
});
afterAll(async () => {
  await worker.end('SIGKILL');
  await stack.stop();
});

const objects: readonly SyncObject[] = syncObjects;

type Command =
  /** Edits, renames and blanks of keys, doubles, merges, arrivals and departures on both sides. */
  | { do: 'change'; seed: number; records: number }
  | { do: 'run' }
  | { do: 'dryRun' }
  /** The worker is killed in the middle of a run, and another comes. */
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
  const isTheirs = (one: PendoEdit): boolean =>
    !Object.values(one.metadata ?? {}).some((group) => Object.keys(group ?? {}).some(ours));
  return {
    ...changes,
    crm: {
      contacts: changes.crm.contacts.filter((one) => !Object.keys(one.properties ?? {}).some(ours)),
      companies: changes.crm.companies.filter((one) => !Object.keys(one.properties ?? {}).some(ours)),
    },
    visitors: changes.visitors.filter(isTheirs),
    accounts: changes.accounts.filter(isTheirs),
  };
}

async function carryOut(tenant: TestedTenant, command: Command): Promise<void> {
  const { api } = stack;
  switch (command.do) {
    case 'change': {
      const connected = { hubspot: tenant.world, pendo: tenant.world };
      const stage = { ...tenant, objects, connected };
      const changes = withoutOverwriting(makeChanges(stage, await tenant.seen(), command.seed, command.records));
      await tenant.patch('contacts', changes.crm.contacts);
      await tenant.patch('companies', changes.crm.companies);
      await tenant.patch('visitors', changes.visitors);
      await tenant.patch('accounts', changes.accounts);
      if (changes.events.length > 0) await tenant.admin.post(`/admin/worlds/${tenant.name}/events`, changes.events);
      return;
    }
    case 'run':
      return runAndCompare(tenant);
    case 'dryRun': {
      const before = await tenant.seen();
      await endAll(tenant, 'dryRun');
      const after = await tenant.seen();
      for (const list of ['contacts', 'companies', 'visitors', 'accounts'] as const) {
        expect(after[list]).toEqual(before[list]);
      }
      return;
    }
    case 'crash': {
      const runs = await Promise.all(objects.map((object) => tenant.start(object)));
      await worker.end('SIGKILL');
      worker = await startWorkerProcess(stack);
      for (const run of runs) await tenant.ended(run);
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
      await endAll(tenant);
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
      for (const object of objects) await api.post(`${path}/syncs/${object}/resume`);
      return;
    }
    case 'remap': {
      const dice = random(command.seed, 'remap');
      const some = <T>(all: T[]): T[] => all.filter(() => dice.chance(0.7));
      for (const object of objects) {
        const { pull, push } = tenant.full[object];
        await tenant.configure(object, { pull: some(pull), push: some(push) });
      }
      return;
    }
    default:
      command satisfies never;
  }
}

async function endAll(tenant: TestedTenant, how: 'enable' | 'run' | 'dryRun' = 'run'): Promise<RunView[]> {
  return Promise.all(objects.map(async (object) => tenant.ended(await tenant.start(object, how))));
}

/** The oracle needs no memory of what came before: at rest nothing is owed any more. */
async function runAndCompare(tenant: TestedTenant): Promise<void> {
  const runs = await Promise.all(objects.map(async (object) => tenant.ended(await tenant.start(object))));
  const truth = await tenant.seen();
  for (const run of runs) {
    expect(run).toMatchObject({ state: 'succeeded' });
    const setup = setupNow(tenant, run.object, tenant.configs[run.object], Date.parse(run.asOf ?? ''));
    expect(expectedWrites(expectRun(truth, setup)).slice(0, 5)).toEqual([]);
    const { legs, read } = run.counts;
    const sum = (counts: Record<string, number> = {}): number => Object.values(counts).reduce((all, n) => all + n, 0);
    expect({ pull: sum(legs?.pull), push: sum(legs?.push) }).toEqual({ pull: read?.hubspot, push: read?.pendo });
  }
}

const config: Partial<SyncConfig> = {
  guards: { valueShare: 1, valueFloor: 1e6, countShare: 0, countFloor: 1e6, creationShare: 1, creationFloor: 1e6 },
};
const world = { contacts: 40, visitors: 40, companies: 15, accounts: 15, activityDays: 20, tame: true };

async function play(commands: readonly Command[], seed: number): Promise<void> {
  const tenant = await testedTenant(stack, {
    world: { ...world, seed },
    config: { visitor: config, account: config },
  });
  await endAll(tenant, 'enable');
  for (const each of commands) await carryOut(tenant, each);
  await runAndCompare(tenant);
}

/** What must always be tried, whatever chance brings: each kind of command, before and after a kill. */
const pinned: [Command[], number][] = [
  [[{ do: 'change', seed: 11, records: 15 }, { do: 'crash' }, { do: 'remap', seed: 12 }, { do: 'crash' }], 1],
  [[{ do: 'remap', seed: 21 }, { do: 'change', seed: 22, records: 15 }, { do: 'dryRun' }, { do: 'run' }], 2],
  [
    [
      { do: 'revoke', vendor: 'pendo' },
      { do: 'change', seed: 31, records: 10 },
      { do: 'throttle', seed: 32 },
      { do: 'crash' },
    ],
    3,
  ],
];

describe('any order of commands', { timeout: 400_000 }, () => {
  test('edit, delete, merge, rename, blank, double, run, dry run, kill, throttle, revoke, remap: always as the model says', async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 9 }), seeds, play), {
      numRuns: 6,
      examples: pinned,
      endOnFailure: true,
      verbose: 1,
    });
  });
});
