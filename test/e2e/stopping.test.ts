/** Stopping a run from outside: pause, resume, cancel, disable; one run at a time. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endStates } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Truth } from '../../oracle/index.ts';
import type { Call, Fault } from '../../sandbox/contract.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const world = { contacts: 90, visitors: 100, companies: 5, accounts: 5 };
const hang = 20_000;
const soon = (what: string, timeoutMs = 30_000) => ({ what, timeoutMs });
const inFlight = (call: Call): boolean => call.status === 0;

/** A request for each phase of a run that hangs when it is paused; `other` makes the rest slow enough to be met. */
const hung: Record<string, Fault> = {
  'the check of the zone': { vendor: 'pendo', kind: 'latency', ms: hang, route: 'aggregation', count: 1 },
  'a list of properties': { vendor: 'hubspot', kind: 'latency', ms: hang, route: 'GET .*/properties/', count: 1 },
  'a page of contacts': { vendor: 'hubspot', kind: 'latency', ms: hang, route: 'GET .*/objects/', count: 1 },
  'a page of visitors': { vendor: 'pendo', kind: 'latency', ms: hang, source: '^visitors$', count: 1 },
  'a usage reply': { vendor: 'pendo', kind: 'latency', ms: hang, source: '^events$', count: 1 },
};
const writes: Record<string, Fault> = {
  'a metadata write': { vendor: 'pendo', kind: 'latency', ms: hang, route: 'POST .*/metadata/.*/value', count: 1 },
  'a batch update': { vendor: 'hubspot', kind: 'latency', ms: hang, route: 'POST .*/batch/update', count: 1 },
};

async function startHung(fault: Fault): Promise<{ tenant: TestedTenant; runId: string; from: number; before: Truth }> {
  const tenant = await testedTenant(stack, { world });
  // A first run makes the fields, so that what hangs hangs in the second one, after the checks of enabling.
  await tenant.configure('visitor', { push: [], pull: [] });
  expectAgreement(await tenant.round('enable', ['visitor']));
  const { push, pull } = tenant.full.visitor;
  await tenant.configure('visitor', { push, pull });
  // Else what hangs would hang in the questions that a run asks before it reads.
  await stack.api.post(`${tenant.path}/assumptions/verify`);
  await tenant.fault(fault);
  const before = await tenant.seen();
  const from = await lastCall(tenant);
  const { id } = await tenant.start('visitor');
  await waitUntil(async () => {
    const run = await tenant.run(id);
    if (endStates.includes(run.state)) throw new Error(`the run ${run.state} without being held up`);
    const stuck = (await tenant.log(from)).filter(inFlight);
    return stuck.some((call) => Date.now() - call.at > 400) ? stuck : undefined;
  }, soon('a request hangs'));
  return { tenant, runId: id, from, before };
}

describe('pause', { timeout: 120_000 }, () => {
  test('in mid-run, a reply hanging: within 5 s no further request starts; resumed, the run ends as it should', async () => {
    const waits = await Promise.all(
      Object.entries({ ...hung, ...writes }).map(async ([what, fault]) => {
        const { tenant, runId, from, before } = await startHung(fault);
        await stack.api.post(`${tenant.path}/syncs/visitor/pause`);
        const answered = Date.now();
        await waitUntil(
          async () => {
            const run = await tenant.run(runId);
            // A write that is on its way is waited for, and may have been the last thing to do.
            const rests = run.state === 'paused' || (what in writes && run.state === 'succeeded');
            return rests && Date.now() > answered + 6000 ? run : undefined;
          },
          soon(`${what}: the run is paused`, 60_000),
        );
        const last = (await tenant.log(from)).reduce((latest, call) => Math.max(latest, call.at), 0);
        await tenant.noFaults();
        await stack.api.post(`${tenant.path}/syncs/visitor/resume`);
        const round = await tenant.judge(before, from, [{ id: runId }]);
        expectAgreement(round);
        return [what, Math.max(0, last - answered)] as const;
      }),
    );
    expect(waits.filter(([, ms]) => ms >= 5000)).toEqual([]);
  });

  test('for longer than what was read may age: both sides are read again, and what is written is what holds then', async () => {
    const { tenant, runId } = await startHung(hung['a usage reply'] as Fault);
    await stack.api.post(`${tenant.path}/syncs/visitor/pause`);
    await waitUntil(
      async () => ((await tenant.run(runId)).state === 'paused' ? true : undefined),
      soon('the run is paused'),
    );
    await tenant.noFaults();
    const { contacts, takenAt } = await tenant.seen();
    await tenant.patch(
      'contacts',
      contacts.filter(({ archived }) => !archived).map(({ id }) => ({ id, properties: { city: 'Read too early' } })),
    );
    await stack.setClock(takenAt + 7 * 3_600_000);
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    await stack.api.post(`${tenant.path}/syncs/visitor/resume`);
    const { findings, judged } = await tenant.judge(before, from, [{ id: runId }]);
    expect(judged[0]?.run.state).toBe('succeeded');
    expect(findings).toEqual([]);
    const later = await tenant.log(from);
    expect(later.filter(({ operation }) => operation === 'list').length).toBeGreaterThan(0);
    const first = later.findIndex(({ writes }) => writes !== undefined);
    expect(later.slice(first).some(({ operation }) => operation === 'list')).toBe(false);
  });

  test('a paused sync starts no run, and says why', async () => {
    const tenant = await testedTenant(stack, { world });
    expectAgreement(await tenant.round('enable', ['visitor']));
    await stack.api.post(`${tenant.path}/syncs/visitor/pause`);
    await expect(tenant.start('visitor')).rejects.toMatchObject({ status: 409, code: 'SYNC_PAUSED' });
    await stack.api.post(`${tenant.path}/syncs/visitor/resume`);
    expectAgreement(await tenant.round('run', ['visitor']));
  });
});

describe('other ways to stop', { timeout: 60_000 }, () => {
  test.each([
    ['cancel', async (tenant: TestedTenant, runId: string) => stack.api.post(`${tenant.path}/runs/${runId}/cancel`)],
    ['disable', async (tenant: TestedTenant) => stack.api.post(`${tenant.path}/syncs/visitor/disable`)],
  ])('%s ends a run at once, though a page hangs; the next run makes good what it left', async (how, stop) => {
    const { tenant, runId, from } = await startHung(hung['a page of contacts'] as Fault);
    const asked = Date.now();
    await stop(tenant, runId);
    const run = await tenant.ended({ id: runId });
    expect(run.state).toBe('cancelled');
    expect(Date.now() - asked).toBeLessThan(5000);
    expect(run.counts.legs?.push?.notReached).toBeGreaterThan(10);
    const seen = (await tenant.log(from)).length;
    await tenant.noFaults();
    if (how === 'disable') {
      await expect(tenant.start('visitor')).rejects.toMatchObject({ status: 409, code: 'SYNC_NOT_ENABLED' });
    }
    expect((await tenant.log(from)).length).toBe(seen);
    await stack.setClock((await tenant.seen()).takenAt + 3 * 3_600_000);
    const round = await tenant.round(how === 'disable' ? 'enable' : 'run', ['visitor']);
    expect(round.findings).toEqual([]);
    expect(round.judged[0]?.run.state).toBe('succeeded');
  });

  test('a second start answers with the run that is going on', async () => {
    const { tenant, runId } = await startHung(hung['a page of contacts'] as Fault);
    const again = await stack.api.post<{ run: { id: string }; started: boolean }>(
      `${tenant.path}/syncs/visitor/runs`,
      {},
    );
    expect(again).toMatchObject({ started: false, run: { id: runId } });
    await stack.api.post(`${tenant.path}/runs/${runId}/cancel`);
    await tenant.ended({ id: runId });
  });
});
