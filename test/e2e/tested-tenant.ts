/** A tenant whose every run is judged by the oracle, which remembers on its own what earlier runs wrote. */
import { isDeepStrictEqual } from 'node:util';
import { vi } from 'vitest';
import { type RunView, waitForRun } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { createTenant, type DemoTenant, type TenantOptions } from '../../demo/tenant.ts';
import { setupOf } from '../../demo/verdict.ts';
import {
  agree,
  calls,
  compare,
  compareLog,
  type Expectation,
  elsewhereOnly,
  expect as expectRun,
  type Finding,
  type Memory,
  type OracleSetup,
  remember,
  snapshot,
  type Truth,
  triedAtMost,
} from '../../oracle/index.ts';
import type { Call, Fault, Switches, WorldRequest } from '../../sandbox/contract.ts';
import { type SyncConfig, type SyncConfigInput, type SyncObject, syncObjects } from '../../src/sync/config.ts';

export interface Judged {
  run: RunView;
  expectation: Expectation;
  /** What the product says of the run, and what the oracle says of it, in one shape. */
  said: Report;
  expected: Report;
  /** Outcomes that do not add up, or are not what the vendors saw. */
  disagreements: string[];
  /** Writes that are not expected, or not with that value, or not there. */
  log: Finding[];
}

interface Report {
  state: string;
  reason?: unknown;
  pull: Record<string, number>;
  push: Record<string, number>;
  drift: number;
  /** Per leg and field of the target: values by outcome. None where the run compared nothing. */
  fields: Record<string, Record<string, number>>;
}

export interface Round {
  judged: Judged[];
  /** Differences between what is there and what must be, over the whole world. */
  findings: Finding[];
  /** Requests of the round that write, as the vendors saw them. */
  writes: Call[];
  before: Truth;
  after: Truth;
}

export type TestedTenant = Awaited<ReturnType<typeof testedTenant>>;

export interface TestedOptions extends Omit<TenantOptions, 'world'> {
  world?: Partial<WorldRequest>;
  switches?: Partial<Switches>;
}

type ScopedRun = RunView & { scope?: string };

let made = 0;

export async function testedTenant(stack: Pick<Stack, 'api' | 'sandbox' | 'setClock'>, options: TestedOptions = {}) {
  const world: WorldRequest = {
    world: `world-${++made}`,
    seed: 7,
    contacts: 250,
    visitors: 300,
    companies: 100,
    accounts: 110,
    tier: 0,
    // What the contract says of keys that are missing holds whether or not a source has seen it.
    beyondSources: true,
    ...options.world,
  };
  const tenant: DemoTenant = await createTenant(stack, { ...options, world });
  const { id, admin } = tenant;
  const { api } = stack;
  const at = `/admin/worlds/${world.world}`;
  const memory: Partial<Record<SyncObject, Memory>> = {};
  /** How often the configuration was edited, which may lead back to the same text. */
  const edits: Record<SyncObject, number> = { visitor: 0, account: 0 };
  if (options.switches) await admin.put(`${at}/switches`, options.switches);

  const self = {
    ...tenant,
    name: world.world,
    /** The mapping of every kind of field, as it was at first. */
    full: { ...tenant.configs },
    /** Path of this tenant's API. */
    path: `/v1/tenants/${id}`,
    seen: (): Promise<Truth> => snapshot(stack.sandbox.adminUrl, world.world),
    log: (since = 0): Promise<Call[]> => calls(stack.sandbox.adminUrl, world.world, since),
    /** Raw truth that comes line by line. */
    lines: async <T>(what: 'events' | 'occurrences'): Promise<T[]> => {
      const raw = await fetch(`${stack.sandbox.adminUrl}${at}/${what}`);
      return (await raw.text())
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as T);
    },
    patch: (what: 'contacts' | 'companies' | 'visitors' | 'accounts' | 'subscription' | 'portal', body: unknown) =>
      admin.patch(`${at}/${what}`, body),
    fault: (fault: Fault) => admin.post(`${at}/faults`, fault),
    noFaults: () => admin.delete(`${at}/faults`),
    /** A day passes for everybody, and changes a share of this world. */
    nextDay: async (share: number, seed = 1): Promise<void> => {
      const { now } = await admin.post<{ now: number }>(`${at}/next-day`, { seed, share });
      await stack.setClock(now);
    },
    configure: async (object: SyncObject, change: Partial<SyncConfigInput>): Promise<void> => {
      const sync = await api.put<{ config: SyncConfig }>(`/v1/tenants/${id}/syncs/${object}`, {
        ...tenant.configs[object],
        ...change,
      });
      if (!isDeepStrictEqual(tenant.configs[object], sync.config)) edits[object] += 1;
      tenant.configs[object] = sync.config;
    },
    sync: (object: SyncObject) =>
      api.get<{ state: string; reason: { code: string; message: string; fix?: string } | null }>(
        `/v1/tenants/${id}/syncs/${object}`,
      ),
    /** Once it is paused: a run that ends pauses its sync right after that. */
    pausedSync: (object: SyncObject) =>
      vi.waitFor(
        async () => {
          const sync = await self.sync(object);
          if (sync.state !== 'paused') throw new Error(`The sync of ${object} is ${sync.state}.`);
          return sync;
        },
        { timeout: 20_000, interval: 100 },
      ),
    start: async (
      object: SyncObject,
      how: 'enable' | 'run' | 'retry' | 'dryRun' | 'preview' = 'run',
    ): Promise<RunView> => {
      const path = `/v1/tenants/${id}/syncs/${object}`;
      const asked =
        how === 'enable' || how === 'preview'
          ? api.post<{ run: RunView }>(`${path}/${how}`)
          : api.post<{ run: RunView }>(
              `${path}/runs`,
              how === 'retry' ? { retry: true } : { dryRun: how === 'dryRun' },
            );
      return (await asked).run;
    },
    run: (runId: string): Promise<RunView> => api.get<RunView>(`/v1/tenants/${id}/runs/${runId}`),
    ended: (run: { id: string }): Promise<RunView> => waitForRun(api, id, run.id, undefined, 90_000),

    /** Runs the objects side by side and asks the oracle about the outcome. */
    round: async (
      how: 'enable' | 'run' | 'retry' = 'run',
      objects: readonly SyncObject[] = syncObjects,
      more: Partial<OracleSetup> = {},
    ): Promise<Round> => {
      const before = await self.seen();
      const from = await lastCall(self);
      const runs = await Promise.all(objects.map((object) => self.start(object, how)));
      return self.judge(before, from, runs, { ...(how === 'retry' ? { retry: true } : {}), ...more });
    },

    /** Waits for runs that were started when the world was as `before` and its log at `from`. */
    judge: async (
      before: Truth,
      from: number,
      started: { id: string }[],
      more: Partial<OracleSetup> = {},
    ): Promise<Round> => {
      const runs = await Promise.all(started.map((run) => self.ended(run)));
      const after = await snapshot(stack.sandbox.adminUrl, world.world, { events: false });
      const log = await self.log(from);
      const judged = runs.map((run): Judged => {
        const { object } = run;
        const asOf = run.asOf === null ? Number.NaN : Date.parse(run.asOf);
        const asked = {
          mappingVersion: edits[object],
          ...((run as ScopedRun).scope === 'delta' ? { delta: true } : {}),
        };
        const setup = { ...setupOf(tenant, object, asOf, options.pendo), ...asked, ...more };
        const expectation = expectRun(before, setup, memory[object]);
        memory[object] = remember(memory[object], expectation, after.takenAt, after);
        return {
          run,
          expectation,
          said: saidOf(run, expectation),
          expected: expectedOf(expectation, run),
          disagreements: agree(since(log, run), countsOf(run, expectation)),
          log: compareLog(since(log, run), expectation).filter((finding) => !isIgnoredNull(before, finding)),
        };
      });
      const findings = compare(
        after,
        before,
        judged.map((each) => each.expectation),
      );
      return { judged, findings, writes: log.filter((call) => call.writes !== undefined), before, after };
    },
  };
  return self;
}

/** The log tells what was done to the truth: a null that Pendo ignores did nothing, and is not in it. */
function isIgnoredNull({ switches }: Truth, { side, kind, expected }: Finding): boolean {
  return switches.pendoNull === 'ignore' && side === 'pendo' && kind === 'missing' && expected === null;
}

/** Enabling tries both credentials by a write that must be refused; that is before the run. */
function since(log: Call[], run: RunView & { queuedAt?: string }): Call[] {
  const queued = Date.parse(run.queuedAt ?? '');
  return log.filter((call) => call.at >= queued);
}

/** Where the world's log stands. */
export async function lastCall(tenant: { log(since?: number): Promise<Call[]> }): Promise<number> {
  return (await tenant.log()).at(-1)?.seq ?? 0;
}

type FieldCounts = Record<string, Record<string, Record<string, number>>>;

/** Properties of the pull go by what they are on the target, as the oracle has them. */
function saidOf(run: RunView, { owned }: Expectation): Report {
  const said = (run.counts.fields ?? {}) as FieldCounts;
  const targets = new Map(owned.pendo.map(({ source, field }) => [source, field]));
  const fields: Report['fields'] = {};
  let drift = 0;
  for (const [leg, ofLeg] of Object.entries(said)) {
    for (const [name, { drift: drifted = 0, ...counts }] of Object.entries(ofLeg)) {
      drift += drifted;
      fields[`${leg} ${leg === 'pull' ? targets.get(name) : name}`] = counts;
    }
  }
  const { pull = {}, push = {} } = run.counts.legs ?? {};
  return {
    state: run.state,
    ...(run.state === 'failed' ? { reason: run.reason } : {}),
    pull,
    push,
    drift,
    fields,
  };
}

function expectedOf({ status, pull, push, match }: Expectation, run: RunView): Report {
  const counts = (leg: typeof pull, read: typeof match.hubspot): Record<string, number> =>
    leg === undefined ? unmapped(read) : positive(leg.counts);
  return {
    state: status,
    pull: counts(pull, match.hubspot),
    push: counts(push, match.pendo),
    drift: (pull?.drift ?? 0) + (push?.drift ?? 0),
    fields: run.counts.fields === undefined ? {} : { ...fieldsOf(pull), ...fieldsOf(push) },
  };
}

/** What is unchanged is the rest, and not listed. */
function fieldsOf(leg: Expectation['pull']): Report['fields'] {
  const fields: Report['fields'] = {};
  for (const [field, { unchanged: _, invalid, ...counts }] of Object.entries(leg?.fieldCounts ?? {})) {
    const listed = positive({ ...counts, ...(invalid ? { invalidField: invalid } : {}) });
    if (Object.keys(listed).length > 0) fields[`${leg?.leg} ${field}`] = listed;
  }
  return fields;
}

/** A leg without a field: nothing to do for whoever is matched. */
function unmapped({ counts }: Expectation['match']['hubspot']): Record<string, number> {
  const { matched, ...rest } = counts;
  return positive({ ...rest, unchanged: matched });
}

function positive(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0));
}

function countsOf(run: RunView, expectation: Expectation): Parameters<typeof agree>[1] {
  const read = run.counts.read ?? {};
  const cleared = (run.counts as { cleared?: Record<string, number> }).cleared ?? {};
  return {
    object: run.object,
    pull: {
      read: read.hubspot ?? 0,
      outcomes: run.counts.legs?.pull ?? {},
      cleared: cleared.pull ?? 0,
      elsewhere: elsewhereOnly(expectation, 'pull'),
      tried: triedAtMost(expectation.uncleared),
    },
    push: {
      read: read.pendo ?? 0,
      outcomes: run.counts.legs?.push ?? {},
      cleared: cleared.push ?? 0,
      elsewhere: elsewhereOnly(expectation, 'push'),
    },
  };
}
