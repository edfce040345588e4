/** A new version is deployed, or taken back, while runs go on. The version before is the real one, as it was released. */
import { hostname } from 'node:os';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endStates } from '../../demo/runs.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Call, Fault } from '../../sandbox/contract.ts';
import { fetchRunHistories, type History, replayHistory } from '../../src/orchestration/replay.ts';
import { syncObjects } from '../../src/sync/config.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { lastCall, type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import type { RoleProcess } from '../e2e/worker-process.ts';
import { workflowBundle } from '../setup/temporal.ts';
import { layOutVersions, type Versions } from '../setup/versions.ts';
import { type Deployment, openDeployment } from './deployment.ts';

let versions: Versions;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  versions = await layOutVersions();
});
afterAll(() => versions[Symbol.asyncDispose]());

/** What migrations may do: add, to the tables that runs work on most. Each waits for whoever is at work there. */
const reading = {
  '9001-while-reading': [
    'alter table hubspot_records add column later text',
    'alter table pendo_records add column later text',
    'alter table read_ranges add column later integer not null default 7',
    'create table later (id integer primary key)',
  ],
};
const delivering = {
  ...reading,
  '9002-while-delivering': [
    'alter table deliveries add column later text',
    'alter table outcomes add column later text',
    'alter table sent_values add column later text',
    "alter table runs add column later jsonb not null default '{}'",
    'create index on deliveries (later)',
    'alter table tenants add column later text',
  ],
};

/** Answers that do not come until the faults are taken off. */
const never = { kind: 'latency', ms: 600_000 } as const;
const reads: Fault[] = [
  { vendor: 'hubspot', ...never, route: 'GET .*/objects/' },
  { vendor: 'pendo', ...never, source: '^(visitors|accounts)$' },
];
const writes: Fault[] = [
  { vendor: 'hubspot', ...never, route: 'POST .*/batch/update', after: 1 },
  { vendor: 'pendo', ...never, route: '/value' },
];

interface UnderWay {
  tenant: TestedTenant;
  before: Awaited<ReturnType<TestedTenant['seen']>>;
  from: number;
  runs: { id: string; object: 'visitor' | 'account' }[];
}

/** A tenant with everything to write. Enabling tries the connections; what is met is a later run. */
async function owing(deployment: Deployment): Promise<TestedTenant> {
  const world = { contacts: 250, visitors: 260, companies: 60, accounts: 60 };
  const tenant = await testedTenant(deployment, { world });
  for (const object of syncObjects) await tenant.configure(object, { pull: [], push: [] });
  expectAgreement(await tenant.round('enable'));
  for (const object of syncObjects) {
    const { pull, push } = tenant.full[object];
    await tenant.configure(object, { pull, push });
  }
  return tenant;
}

async function startRuns(tenant: TestedTenant, faults: readonly Fault[]): Promise<UnderWay> {
  const before = await tenant.seen();
  for (const fault of faults) await tenant.fault(fault);
  const from = await lastCall(tenant);
  const runs = await Promise.all(syncObjects.map((object) => tenant.start(object)));
  return { tenant, before, from, runs };
}

async function until({ tenant, from, runs }: UnderWay, what: string, seen: (log: Call[]) => boolean): Promise<void> {
  await waitUntil(async () => seen(await tenant.log(from)) || undefined, { what, timeoutMs: 60_000, everyMs: 100 });
  for (const run of runs) expect(endStates).not.toContain((await tenant.run(run.id)).state);
}

/** No answer yet, from either vendor. */
const areHeldUp = (log: Call[]): boolean =>
  (['hubspot', 'pendo'] as const).every((vendor) => log.some((call) => call.vendor === vendor && call.status === 0));

async function historiesOf({ client }: Deployment, { tenant, runs }: UnderWay): Promise<History[]> {
  const found = await Promise.all(
    runs.map(({ id, object }) =>
      waitUntil(
        async () => {
          const all = await fetchRunHistories(client, { tenantId: tenant.id, object, runId: id });
          return all.length > 0 ? all : undefined;
        },
        { what: 'the histories can be listed', timeoutMs: 20_000, everyMs: 500 },
      ),
    ),
  );
  return found.flat().map(({ history }) => history);
}

/** Who carried out the steps. */
function workersIn(histories: readonly History[]): Set<string> {
  const identities = histories.flatMap(({ events }) =>
    (events ?? []).map((event) => event.activityTaskStartedEventAttributes?.identity),
  );
  return new Set(identities.filter((identity) => typeof identity === 'string'));
}
const identities = (...workers: RoleProcess[]): Set<string> =>
  new Set(workers.map(({ pid }) => `${pid}@${hostname()}`));
const timeoutsIn = (histories: readonly History[]): number =>
  histories.flatMap(({ events }) => events ?? []).filter((event) => event.activityTaskTimedOutEventAttributes).length;

/** The oracle finds nothing, and this version's workflows decide as was decided. */
async function expectRightEnd(deployment: Deployment, underWay: UnderWay): Promise<History[]> {
  const { tenant, before, from, runs } = underWay;
  expectAgreement(await tenant.judge(before, from, runs));
  const histories = await historiesOf(deployment, underWay);
  for (const history of histories) await replayHistory(history, { workflowBundle: workflowBundle() });
  return histories;
}

describe('a worker of the previous version beside a new one', { timeout: 240_000 }, () => {
  test('a rolling deploy: runs are handed from one to the other and end right, and nobody had to notice by a time-out', async () => {
    const previous = versions.previous();
    const next = versions.later(delivering);
    await using deployment = await openDeployment();
    await deployment.migrate(previous);
    await using oldApi = await deployment.start(previous, 'api');
    await using old = await deployment.start(previous, 'worker');
    const tenants = [await owing(deployment), await owing(deployment)] as const;
    const begun = await startRuns(tenants[0], reads);
    await until(begun, 'the runs reading', areHeldUp);

    await deployment.migrate(next);
    await using fresh = await deployment.start(next, 'worker');
    const between = await startRuns(tenants[1], writes);
    await until(between, 'runs that both may take, delivering', areHeldUp);
    const gone = old.end('SIGTERM');
    for (const tenant of tenants) await tenant.noFaults();
    expect(await gone).toBe(0);
    expect(await oldApi.end('SIGTERM')).toBe(0);
    await using _newApi = await deployment.start(next, 'api');

    const handedOver = await expectRightEnd(deployment, begun);
    expect(workersIn(handedOver)).toEqual(identities(old, fresh));
    const shared = await expectRightEnd(deployment, between);
    expect(workersIn(shared)).toContain([...identities(fresh)][0]);
    expect(timeoutsIn([...handedOver, ...shared])).toBe(0);
  });

  test('a rollback: the new one dies in the middle of a run, and the old one, started on the newer database, ends it', async () => {
    const previous = versions.previous();
    const next = versions.later(delivering);
    await using deployment = await openDeployment();
    await deployment.migrate(previous);
    await deployment.migrate(next);
    await using newApi = await deployment.start(next, 'api');
    await using fresh = await deployment.start(next, 'worker');
    const tenant = await owing(deployment);
    const underWay = await startRuns(tenant, writes);
    await until(underWay, 'the runs delivering', areHeldUp);

    await using old = await deployment.start(previous, 'worker');
    await fresh.end('SIGKILL');
    await tenant.noFaults();
    expect(await newApi.end('SIGTERM')).toBe(0);
    await using _oldApi = await deployment.start(previous, 'api');
    expect(workersIn(await expectRightEnd(deployment, underWay))).toEqual(identities(fresh, old));
    expectAgreement(await tenant.round());
  });
});

describe('migrations while runs go on', { timeout: 240_000 }, () => {
  test('lose nothing: tables grow under a run that reads and under one that delivers, and the oracle finds nothing', async () => {
    const previous = versions.previous();
    await using deployment = await openDeployment();
    await deployment.migrate(previous);
    await using _api = await deployment.start(previous, 'api');
    await using old = await deployment.start(previous, 'worker');
    const tenant = await owing(deployment);
    const underWay = await startRuns(tenant, reads);
    await until(underWay, 'the runs reading', areHeldUp);
    await deployment.migrate(versions.later(reading));
    await tenant.noFaults();
    for (const fault of writes) await tenant.fault(fault);
    await until(underWay, 'the runs delivering', areHeldUp);
    // As several processes do that start at once.
    const further = versions.later(delivering);
    await Promise.all([deployment.migrate(further), deployment.migrate(further)]);
    await tenant.noFaults();
    expect(workersIn(await expectRightEnd(deployment, underWay))).toEqual(identities(old));
    expectAgreement(await tenant.round());
  });
});
