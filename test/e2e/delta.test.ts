/** A run of what was touched: as right as a full one for what it reads, and no dearer than the changes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { type SyncObject, syncObjects } from '../../src/sync/config.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
let tenant: TestedTenant;
let now = Date.UTC(2026, 5, 15, 14);
const hour = 3_600_000;

beforeAll(async () => {
  stack = await openStack({ now });
  tenant = await testedTenant(stack);
});
afterAll(() => stack.stop());

async function hoursPass(hours: number): Promise<void> {
  now += hours * hour;
  await stack.setClock(now);
}

async function startDelta(object: SyncObject): Promise<RunView & { scope: string }> {
  const path = `/v1/tenants/${tenant.id}/syncs/${object}/runs`;
  return (await stack.api.post<{ run: RunView & { scope: string } }>(path, { scope: 'delta' })).run;
}

describe('delta runs', { timeout: 120_000 }, () => {
  test('what changed on either side since the last run is delivered, and only that is read', async () => {
    expectAgreement(await tenant.round('enable'));
    await hoursPass(2);
    expectAgreement(await tenant.round());
    await hoursPass(2);
    const truth = await tenant.seen();
    const property = tenant.configs.visitor.pull.find(({ property }) => property !== 'email')!.property;
    const ids = truth.contacts.filter((contact) => !contact.archived).map((contact) => contact.id);
    const changed = ids.slice(10, 15);
    await tenant.patch(
      'contacts',
      changed.map((id, n) => ({ id, properties: { firstname: `Changed ${n}`, [property]: null } })),
    );
    const visited = truth.visitors.filter(({ id, metadata }) => id.includes('@') && metadata.auto).slice(0, 3);
    await tenant.patch(
      'visitors',
      visited.map(({ id }) => ({ id, metadata: { auto: { lastvisit: now } } })),
    );
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    const runs = await Promise.all(syncObjects.map(startDelta));
    const { judged, findings } = await tenant.judge(before, from, runs);
    expect(findings).toEqual([]);
    for (const { log } of judged) expect(log).toEqual([]);
    const { run } = judged.find((each) => each.run.object === 'visitor')!;
    expect(run.state).toBe('succeeded');
    expect(run.counts.read).toEqual({ hubspot: changed.length, pendo: visited.length });
    expect((await tenant.log(from)).filter(({ operation }) => operation === 'list')).toEqual([]);
  });

  test('the outcomes of everybody else stand as they stood, and the next full run has nothing to add', async () => {
    const round = await tenant.round();
    expectAgreement(round);
  });

  test('with another mapping than the last run had, a delta reads everything', async () => {
    const { push } = tenant.configs.visitor;
    await tenant.configure('visitor', { push: push.slice(1) });
    const run = await tenant.ended(await startDelta('visitor'));
    expect(run).toMatchObject({ state: 'succeeded', scope: 'full' });
    expect(run.counts.read?.hubspot).toBeGreaterThan(200);
  });

  test('with another meaning of activity than the last run had, a delta reads everything, and is right', async () => {
    const counting = await testedTenant(stack);
    expectAgreement(await counting.round('enable', ['visitor']));
    const pendo = { zone: counting.world.zone, clear: 'null', activity: 'pagesAndFeatures' } as const;
    await stack.api.put(`${counting.path}/connections/pendo`, pendo);
    const before = await counting.seen();
    const from = await lastCall(counting);
    const { run } = await stack.api.post<{ run: RunView }>(`${counting.path}/syncs/visitor/runs`, { scope: 'delta' });
    const round = await counting.judge(before, from, [run], { pendo });
    expect(round.judged[0]!.run).toMatchObject({ state: 'succeeded', scope: 'full' });
    expect(round.judged[0]!.said.push.written).toBeGreaterThan(0);
    expectAgreement(round);
  });

  test('what a run made in Pendo is not made again by the deltas that have not read it', async () => {
    const making = await testedTenant(stack, {
      world: { contacts: 3, visitors: 3, companies: 12, accounts: 10, matched: 0.5, tame: true },
      config: { account: { create: 'pendo' } },
    });
    // One of them has nothing but its key, so that nothing is remembered as sent.
    await making.patch('companies', [{ properties: { [making.world.joinKeys.account]: 'nothing-but-a-key' } }]);
    const first = await making.round('enable', ['account']);
    expectAgreement(first);
    expect(first.judged[0]!.expectation.creates.length).toBeGreaterThan(3);
    const from = await lastCall(making);
    const path = `${making.path}/syncs/account/runs`;
    const { run } = await stack.api.post<{ run: RunView }>(path, { scope: 'delta' });
    expect(await making.ended(run)).toMatchObject({ scope: 'delta', state: 'succeeded' });
    expect((await making.log(from)).filter(({ writes }) => writes !== undefined)).toEqual([]);
    expectAgreement(await making.round('run', ['account']));
  });

  test('right after a run that wrote to everybody, a delta costs no more than listing everybody', async () => {
    const large = await testedTenant(stack, {
      world: { contacts: 2500, visitors: 2500, companies: 2, accounts: 2, activityDays: 3, tame: true },
    });
    expectAgreement(await large.round('enable', ['visitor']));
    const before = await large.seen();
    const from = await lastCall(large);
    const path = `/v1/tenants/${large.id}/syncs/visitor/runs`;
    const { run } = await stack.api.post<{ run: RunView }>(path, { scope: 'delta' });
    const { judged, findings } = await large.judge(before, from, [run]);
    expect(findings).toEqual([]);
    expect(judged[0]?.run).toMatchObject({ state: 'succeeded', scope: 'delta' });
    const log = await large.log(from);
    expect(log.filter(({ operation }) => operation === 'search')).toHaveLength(1);
    expect(log.filter(({ operation }) => operation === 'list').length).toBeLessThanOrEqual(26);
    expect(log.filter(({ writes }) => writes !== undefined)).toEqual([]);

    // What the delta read back is confirmed: who changes it now is somebody else, and is put right.
    const pair = [...judged[0]!.expectation.match.pairs.keys()][0]!;
    await large.patch('contacts', [{ id: pair, properties: { pendo_days_active_180d: '77' } }]);
    const repaired = await large.round('run', ['visitor']);
    expectAgreement(repaired);
    expect(repaired.judged[0]?.said.drift).toBe(1);
  });
});
