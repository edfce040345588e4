/** Workers come and go in the middle of runs; the runs end as they should. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endStates } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Fault } from '../../sandbox/contract.ts';
import { type SyncObject, syncObjects } from '../../src/sync/config.ts';
import { expectAgreement } from './expect-agreement.ts';
import { historyOf } from './history.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';
import { startWorkerProcess } from './worker-process.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ worker: false });
});
afterAll(() => stack.stop());

/** One object is caught between two batches that it delivers, the other while it reads. */
const holdUps = (ms: number): Fault[] => [
  { vendor: 'hubspot', kind: 'latency', ms, route: 'POST .*/contacts/batch/update', after: 1, count: 1 },
  { vendor: 'hubspot', kind: 'latency', ms, route: 'GET .*/objects/.*/companies', count: 1 },
];

async function startHeldUp(faults: Fault[]) {
  const tenant = await testedTenant(stack, { world: { contacts: 250, visitors: 260, companies: 60, accounts: 60 } });
  // Enabling tries the connections; what is held up is a later run.
  for (const object of syncObjects) await tenant.configure(object, { pull: [], push: [] });
  expectAgreement(await tenant.round('enable'));
  for (const object of syncObjects) {
    const { pull, push } = tenant.full[object];
    await tenant.configure(object, { pull, push });
  }
  const before = await tenant.seen();
  for (const fault of faults) await tenant.fault(fault);
  const from = await lastCall(tenant);
  const runs = await Promise.all(syncObjects.map((object) => tenant.start(object)));
  await waitUntil(
    async () => {
      const log = await tenant.log(from);
      const stuck = log.filter((call) => call.status === 0 && Date.now() - call.at > 500);
      const delivered = log.some((call) => call.operation === 'batchUpdate' && (call.writes?.length ?? 0) > 1);
      return delivered && stuck.length === faults.length ? true : undefined;
    },
    { what: 'the runs are in the middle of their work', timeoutMs: 40_000 },
  );
  const [visitors] = runs;
  expect(endStates).not.toContain((await tenant.run(String(visitors?.id))).state);
  return { tenant, before, from, runs };
}

const timeouts = async (tenant: TestedTenant, object: SyncObject): Promise<number> =>
  (await historyOf(stack, tenant, object)).events!.filter(({ activityTaskTimedOutEventAttributes: it }) => it).length;

describe('workers', { timeout: 120_000 }, () => {
  test('killed in the middle of two runs: the next worker ends both, and the oracle finds nothing', async () => {
    await using first = await startWorkerProcess(stack);
    const { tenant, before, from, runs } = await startHeldUp(holdUps(60_000));
    await first.end('SIGKILL');
    await using _second = await startWorkerProcess(stack);
    expectAgreement(await tenant.judge(before, from, runs));
  });

  test('killed while what went ahead is read back: the same ten records go ahead once more, and nobody else is written to twice', async () => {
    await using first = await startWorkerProcess(stack);
    const tenant = await testedTenant(stack, { world: { contacts: 120, visitors: 130, companies: 6, accounts: 6 } });
    // They are looked at before they are written to, and after: the second look hangs.
    await tenant.fault({
      vendor: 'hubspot',
      kind: 'latency',
      ms: 60_000,
      route: 'POST .*/contacts/batch/read',
      after: 1,
      count: 1,
    });
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    const run = await tenant.start('visitor', 'enable');
    await waitUntil(
      async () =>
        (await tenant.log(from)).find(
          (call) => call.path.endsWith('/contacts/batch/read') && call.status === 0 && Date.now() - call.at > 500,
        ),
      { what: 'what went ahead being read back', timeoutMs: 60_000 },
    );
    await first.end('SIGKILL');
    await using _second = await startWorkerProcess(stack);
    expectAgreement(await tenant.judge(before, from, [run]));
    const times = new Map<string, number>();
    for (const { operation, writes = [] } of await tenant.log(from))
      if (operation === 'batchUpdate')
        for (const { id, accepted } of writes) if (accepted) times.set(id, (times.get(id) ?? 0) + 1);
    const twice = [...times.values()].filter((n) => n > 1);
    expect(twice.length).toBeGreaterThan(0);
    expect(twice.length).toBeLessThanOrEqual(10);
    expect(Math.max(...twice)).toBe(2);
  });

  test('asked to go, a worker ends its pages and hands over at once', async () => {
    await using first = await startWorkerProcess(stack);
    const { tenant, before, from, runs } = await startHeldUp(holdUps(8000).slice(0, 1));
    await using _second = await startWorkerProcess(stack);
    expect(await first.end('SIGTERM')).toBe(0);
    expectAgreement(await tenant.judge(before, from, runs));
    // Nobody had to notice by a time-out that the first was gone.
    for (const object of syncObjects) expect(await timeouts(tenant, object)).toBe(0);
  });
});
