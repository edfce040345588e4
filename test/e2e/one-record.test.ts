/** One record is delivered now: as right as by a full run, and nothing else is touched. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { setupOf } from '../../demo/verdict.ts';
import { compare, expect as expectRun, type Truth } from '../../oracle/index.ts';
import { missionScopes } from '../../sandbox/hubspot/portal.ts';
import type { SyncObject } from '../../src/sync/config.ts';
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
  expectAgreement(await tenant.round('enable'));
  await hoursPass(2);
  expectAgreement(await tenant.round());
  await hoursPass(2);
}, 120_000);
afterAll(() => stack.stop());

async function hoursPass(hours: number): Promise<void> {
  now += hours * hour;
  await stack.setClock(now);
}

type Named = { hubspotId: string } | { pendoId: string };
interface Pair {
  hubspotId: string;
  pendoId: string;
}

const deliver = (object: SyncObject, named: Named) =>
  stack.api.post<RunView & { scope: string }>(`${tenant.path}/syncs/${object}/records/deliver`, named);

/** Delivers, and tells what became of it and what was written. */
async function delivered(object: SyncObject, named: Named) {
  const from = await lastCall(tenant);
  const run = (await tenant.ended(await deliver(object, named))) as RunView & { scope: string };
  const written = (await tenant.log(from)).flatMap(({ vendor, writes }) =>
    (writes ?? []).map(({ id, created, fields }) => ({ vendor, id, created, fields })),
  );
  return { run, written };
}

async function lastFull(object: SyncObject): Promise<string> {
  const { runs } = await stack.api.get<{ runs: (RunView & { scope: string })[] }>(
    `${tenant.path}/runs?object=${object}&limit=50`,
  );
  return runs.find(({ scope }) => scope === 'full')!.id;
}

const taken = new Set<string>();

/** Pairs that the last full run left as they were, and no test has looked at yet. */
async function fresh<N extends 1 | 2 | 3>(
  object: SyncObject,
  most: N,
): Promise<N extends 1 ? [Pair] : N extends 2 ? [Pair, Pair] : [Pair, Pair, Pair]>;
async function fresh(object: SyncObject, most: number): Promise<Pair[]> {
  const { records } = await stack.api.get<{ records: { id: string; partnerId: string | null }[] }>(
    `${tenant.path}/runs/${await lastFull(object)}/records?leg=push&outcome=unchanged&limit=100`,
  );
  const found = records
    .flatMap(({ id, partnerId }) => (partnerId === null ? [] : [{ pendoId: id, hubspotId: partnerId }]))
    .filter(({ pendoId }) => !taken.has(pendoId))
    .slice(0, most);
  expect(found).toHaveLength(most);
  for (const { pendoId } of found) taken.add(pendoId);
  return found;
}

/** What a full run would still have to do, by the oracle; it remembers nothing here, so whatever differs is owed. */
function stillWrong(object: SyncObject, before: Truth, after: Truth, run: RunView): { id: string; field: string }[] {
  const expectation = expectRun(before, setupOf(tenant, object, Date.parse(run.asOf!)));
  return compare(after, before, [expectation]);
}

const pulledText = (object: SyncObject): string =>
  tenant.configs[object].pull.find(({ property }) => /^(jobtitle|city|industry|phone)$/.test(property))!.property;

/** Changed for both directions: a text, and a property of ours that somebody set by hand. */
async function disturb(object: SyncObject, those: readonly Pair[]): Promise<void> {
  await tenant.patch(
    object === 'visitor' ? 'contacts' : 'companies',
    those.map(({ hubspotId }, n) => ({
      id: hubspotId,
      properties: { [pulledText(object)]: `Changed ${n} ${now}`, pendo_days_active_180d: '77' },
    })),
  );
}

describe('delivering one record', { timeout: 120_000 }, () => {
  test.each([
    ['visitor', 'hubspot'],
    ['visitor', 'pendo'],
    ['account', 'hubspot'],
    ['account', 'pendo'],
  ] as const)('a %s named by its id at %s is as a full run leaves it, and nobody else', async (object, side) => {
    const those = await fresh(object, 3);
    const [one, ...others] = those;
    await disturb(object, those);
    const before = await tenant.seen();
    const { run, written } = await delivered(
      object,
      side === 'hubspot' ? { hubspotId: one.hubspotId } : { pendoId: one.pendoId },
    );
    expect(run).toMatchObject({ state: 'succeeded', scope: 'record', reason: null });
    expect(written.map(({ vendor, id }) => [vendor, id]).sort()).toEqual([
      ['hubspot', one.hubspotId],
      ['pendo', one.pendoId],
    ]);
    expect(run.counts.legs).toEqual({ pull: { written: 1 }, push: { written: 1 } });
    const wrong = stillWrong(object, before, await tenant.seen(), run);
    const named = new Set(wrong.map(({ id }) => id));
    expect(wrong.filter(({ id }) => id === one.hubspotId || id === one.pendoId)).toEqual([]);
    for (const other of others) expect([named.has(other.hubspotId), named.has(other.pendoId)]).toEqual([true, true]);

    const { records } = await stack.api.get<{ records: { id: string; outcome: string }[] }>(
      `${tenant.path}/runs/${run.id}/records?leg=pull`,
    );
    expect(records).toMatchObject([{ id: one.hubspotId, outcome: 'written' }]);
    const again = await delivered(object, { hubspotId: one.hubspotId });
    expect(again).toMatchObject({ run: { state: 'succeeded' }, written: [] });
    expect(again.run.counts.legs).toEqual({ pull: { unchanged: 1 }, push: { unchanged: 1 } });
  });

  test('the next delta and the next full run do what they would have done, and the oracle agrees', async () => {
    const from = await lastCall(tenant);
    const [one, other] = await fresh('visitor', 2);
    await disturb('visitor', [other]);
    await delivered('visitor', { hubspotId: one.hubspotId });
    const { run } = await stack.api.post<{ run: RunView }>(`${tenant.path}/syncs/visitor/runs`, { scope: 'delta' });
    expect(await tenant.ended(run)).toMatchObject({ state: 'succeeded', scope: 'delta' });
    const written = (await tenant.log(from)).flatMap(({ writes }) => (writes ?? []).map(({ id }) => id));
    expect(written).toEqual(expect.arrayContaining([other.hubspotId, other.pendoId]));
    const { syncs } = await stack.api.get<{ syncs: { object: string; lastGood: { run: string } }[] }>(
      `/v1/syncs?q=${tenant.id}`,
    );
    expect(syncs.find(({ object }) => object === 'visitor')?.lastGood.run).toBe(await lastFull('visitor'));
    const round = await tenant.round();
    expect(round.findings).toEqual([]);
    await hoursPass(2);
    expectAgreement(await tenant.round());
  });

  test('a record without a partner, an ambiguous one and a look-alike are left alone, and the run says as what', async () => {
    const full = await lastFull('visitor');
    const seen: string[] = [];
    for (const outcome of ['unmatched', 'ambiguous', 'blank', 'excluded']) {
      const { records } = await stack.api.get<{ records: { id: string }[] }>(
        `${tenant.path}/runs/${full}/records?leg=push&outcome=${outcome}&limit=1`,
      );
      if (records[0] === undefined) continue;
      seen.push(outcome);
      const { run, written } = await delivered('visitor', { pendoId: records[0].id });
      expect({ outcome, written, legs: run.counts.legs?.push }).toEqual({
        outcome,
        written: [],
        legs: { [outcome]: 1 },
      });
    }
    expect(seen).toEqual(expect.arrayContaining(['unmatched', 'ambiguous']));
  });

  test('a record that is gone at a vendor is not written to, from whichever side it is named', async () => {
    const [one] = await fresh('visitor', 1);
    await disturb('visitor', [one]);
    await tenant.patch('contacts', [{ id: one.hubspotId, archived: true }]);
    for (const named of [{ hubspotId: one.hubspotId }, { pendoId: one.pendoId }]) {
      const { run, written } = await delivered('visitor', named);
      expect(written).toEqual([]);
      expect(run).toMatchObject({ state: 'succeeded', reason: { code: 'RECORD_GONE' } });
      expect(run.reason?.message).toContain('HubSpot no longer has this record');
      expect(run.counts.legs).toEqual({ pull: {}, push: {} });
    }
    expectAgreement(await tenant.round('run', ['visitor']));
  });

  test('it is matched by the key it has now, not by the one it had when it was last read', async () => {
    const [one] = await fresh('visitor', 1);
    const truth = await tenant.seen();
    const loose = truth.visitors.find(
      ({ id }) =>
        /^[a-z0-9.]+@[a-z0-9.]+$/.test(id) && !truth.contacts.some(({ properties }) => properties.email === id),
    )!;
    await tenant.patch('contacts', [{ id: one.hubspotId, properties: { email: loose.id } }]);
    const before = await tenant.seen();
    const { run, written } = await delivered('visitor', { hubspotId: one.hubspotId });
    expect(new Set(written.map(({ id }) => id))).toEqual(new Set([one.hubspotId, loose.id]));
    const wrong = stillWrong('visitor', before, await tenant.seen(), run);
    expect(wrong.filter(({ id }) => id === one.hubspotId || id === loose.id)).toEqual([]);
    expectAgreement(await tenant.round('run', ['visitor']));
  });

  test('it waits for nobody: refused while a run is active or held, while paused, and where a full run is needed', async () => {
    const [one] = await fresh('visitor', 1);
    const named = { hubspotId: one.hubspotId };
    await tenant.fault({ vendor: 'pendo', kind: 'latency', ms: 1500 });
    const active = await tenant.start('visitor');
    await expect(deliver('visitor', named)).rejects.toThrow(/RUN_ACTIVE|is active/);
    await tenant.noFaults();
    await tenant.ended(active);
    await tenant.fault({ vendor: 'pendo', kind: 'empty200', source: '^events$' });
    const held = await tenant.ended(await tenant.start('visitor'));
    expect(held.state).toBe('held');
    await expect(deliver('visitor', named)).rejects.toThrow(/RUN_HELD|held/);
    await tenant.noFaults();
    await stack.api.post(`${tenant.path}/runs/${held.id}/cancel`, {});
    expectAgreement(await tenant.round('run', ['visitor']));
    await stack.api.post(`${tenant.path}/syncs/visitor/pause`);
    await expect(deliver('visitor', named)).rejects.toThrow(/SYNC_PAUSED|paused/);
    await stack.api.post(`${tenant.path}/syncs/visitor/resume`);
    const { push } = tenant.configs.visitor;
    await tenant.configure('visitor', { push: push.slice(1) });
    await expect(deliver('visitor', named)).rejects.toThrow(/FULL_RUN_NEEDED|full run/);
    expectAgreement(await tenant.round('run', ['visitor']));
    const { run } = await delivered('visitor', named);
    expect(run).toMatchObject({ state: 'succeeded', scope: 'record' });
  });

  test('a guard holds it as it holds every run, and once approved it delivers that record only', async () => {
    const those = await fresh('visitor', 2);
    const [one] = those;
    await disturb('visitor', those);
    expectAgreement(await tenant.round('run', ['visitor']));
    await tenant.configure('visitor', { guards: { valueFloor: 0, valueShare: 0 } as never });
    expectAgreement(await tenant.round('run', ['visitor']));
    await tenant.patch(
      'contacts',
      those.map(({ hubspotId }) => ({ id: hubspotId, properties: { [pulledText('visitor')]: null } })),
    );
    const { run, written } = await delivered('visitor', { pendoId: one.pendoId });
    expect(run).toMatchObject({ state: 'held', scope: 'record', reason: { code: 'HELD_BY_GUARD', legs: ['pull'] } });
    expect(written).toEqual([]);
    const from = await lastCall(tenant);
    const approved = await stack.api.post<RunView>(`${tenant.path}/runs/${run.id}/approve`, { reason: 'meant' });
    expect(await tenant.ended(approved)).toMatchObject({ state: 'succeeded' });
    const later = (await tenant.log(from)).flatMap(({ writes }) => (writes ?? []).map(({ id }) => id));
    expect(later).toEqual([one.pendoId]);
    await tenant.configure('visitor', { guards: tenant.full.visitor.guards });
    expectAgreement(await tenant.round('run', ['visitor']));
  });

  test('one that fails says why, pauses nothing and alerts nobody', async () => {
    const [one] = await fresh('visitor', 1);
    const { properties } = (await tenant.seen()).portal;
    for (const property of properties.contacts) if (property.name === 'pendo_last_visit') property.createdAt += 1000;
    await tenant.patch('portal', { properties });
    const changed = await delivered('visitor', { hubspotId: one.hubspotId });
    expect(changed).toMatchObject({ run: { state: 'failed', reason: { code: 'FULL_RUN_NEEDED' } }, written: [] });
    expectAgreement(await tenant.round('run', ['visitor']));
    await tenant.patch('portal', { scopes: ['oauth'] });
    const { run, written } = await delivered('visitor', { hubspotId: one.hubspotId });
    expect(run).toMatchObject({ state: 'failed', reason: { vendor: 'hubspot' } });
    expect(written).toEqual([]);
    expect(await tenant.sync('visitor')).toMatchObject({ state: 'enabled' });
    const { alerts } = await stack.api.get<{ alerts: { body: { run: string | null } }[] }>(`${tenant.path}/alerts`);
    const failed = [changed.run.id, run.id];
    expect(alerts.filter(({ body }) => body.run !== null && failed.includes(body.run))).toEqual([]);
    await tenant.patch('portal', { scopes: missionScopes });
    expectAgreement(await tenant.round('run', ['visitor']));
  });
});
