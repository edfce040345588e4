/** No mass damage: what looks like an accident writes nothing, says why, and waits for a person. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endStates, type RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { RawPortal, World } from '../../sandbox/contract.ts';
import { syncId } from '../../src/orchestration/names.ts';
import { listRunning } from '../../src/orchestration/sweeper.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

/** With contacts and visitors enough for every guard to count, after a good first run. */
async function settled(config: Partial<SyncConfigInput> = {}): Promise<TestedTenant> {
  const tenant = await testedTenant(stack, {
    world: { contacts: 250, visitors: 260, companies: 10, accounts: 10 },
    config: { visitor: config },
  });
  expectAgreement(await tenant.round('enable', ['visitor']));
  return tenant;
}

/** Starts a run, and tells how it ended and what it wrote. */
async function runOnce(tenant: TestedTenant): Promise<{ run: RunView; written: unknown[] }> {
  const from = await lastCall(tenant);
  const run = await tenant.ended(await tenant.start('visitor'));
  return { run, written: writesOf(await tenant.log(from)) };
}

const soon = (what: string) => ({ what, timeoutMs: 30_000 });

const writesOf = (log: Awaited<ReturnType<TestedTenant['log']>>): unknown[] =>
  log.filter((call) => call.writes !== undefined);

/** A text that sends somebody to look at samples needs some. */
const asksForSamples = ({ reason }: { reason: { fix?: string } | null }) => /samples/.test(reason?.fix ?? '');

describe('guards', { timeout: 90_000 }, () => {
  test('an empty usage reply, as if nobody had used anything, is held and nothing written', async () => {
    const tenant = await settled();
    await tenant.fault({ vendor: 'pendo', kind: 'empty200', source: '^events$' });
    const { run, written } = await runOnce(tenant);
    expect(written).toEqual([]);
    expect(run).toMatchObject({ state: 'held', reason: { code: 'HELD_BY_GUARD', legs: ['push'] } });
    expect(run.held.map(({ leg, subject }) => [leg, subject])).toContainEqual(['push', 'pendo_days_active_180d']);
    expect(run.reason?.message).toMatch(/\d+ of \d+ values of "pendo_time_on_app_180d" would become empty or 0/);
    expect(run.held[0]).toMatchObject({ samples: expect.arrayContaining([expect.objectContaining({ to: '0' })]) });

    expect(asksForSamples(run)).toBe(true);
    // Once the cause is gone, the next start takes the place of the held run.
    await tenant.noFaults();
    expectAgreement(await tenant.round('run', ['visitor']));
    expect(await tenant.run(run.id)).toMatchObject({ state: 'cancelled', reason: { code: 'SUPERSEDED' } });
  });

  test('a usage reply that is cut off is no reply: the run waits, and writes nothing', async () => {
    const tenant = await settled();
    await tenant.fault({ vendor: 'pendo', kind: 'truncate', source: '^events$' });
    const from = await lastCall(tenant);
    const { id } = await tenant.start('visitor');
    const waiting = await waitUntil(async () => {
      const run = await tenant.run(id);
      return run.state === 'waiting' || endStates.includes(run.state) ? run : undefined;
    }, soon('the run waits'));
    expect(waiting).toMatchObject({ state: 'waiting', reason: { vendor: 'pendo', message: expect.any(String) } });
    // What waits is seen to have its workflow by one call to Temporal, however many wait.
    const place = `${syncId(tenant.id, 'visitor')}/${id}`;
    const listed = async (there: boolean) =>
      (await listRunning(stack.services.client)).has(place) === there ? true : undefined;
    await waitUntil(() => listed(true), soon('the run is listed'));
    await stack.api.post(`${tenant.path}/runs/${id}/cancel`);
    const run = await tenant.ended({ id });
    expect(run.state).toBe('cancelled');
    await waitUntil(() => listed(false), soon('the run is listed no more'));
    expect(run.counts.legs?.push?.notReached).toBeGreaterThan(100);
    expect(writesOf(await tenant.log(from))).toEqual([]);
    await tenant.noFaults();
    expectAgreement(await tenant.round('run', ['visitor']));
  });

  test('a cut-off usage reply that comes once is asked for again', async () => {
    const tenant = await testedTenant(stack, { world: { contacts: 60, visitors: 60, companies: 5, accounts: 5 } });
    await tenant.fault({ vendor: 'pendo', kind: 'truncate', source: '^events$', count: 1 });
    expectAgreement(await tenant.round('enable', ['visitor']));
  });

  test('a mapped property deleted in HubSpot stops its field; nothing is cleared', async () => {
    const tenant = await settled();
    const portal = (await tenant.seen()).portal;
    const contacts = portal.properties.contacts.map((each) =>
      each.name === 'phone' ? { ...each, archived: true } : each,
    );
    await tenant.patch('portal', { properties: { ...portal.properties, contacts } } satisfies Partial<RawPortal>);
    const round = await tenant.round('run', ['visitor']);
    expect(round.writes).toEqual([]);
    expectAgreement(round);
    expect(round.judged[0]?.run.counts).toMatchObject({
      stopped: [{ leg: 'pull', property: 'phone', reason: 'gone' }],
    });
  });

  test('a lost scope for sensitive data stops the fields that need it; nothing is cleared', async () => {
    const tenant = await testedTenant(stack, { world: { contacts: 250, visitors: 260, companies: 10, accounts: 10 } });
    const { scopes } = (await tenant.seen()).portal;
    await tenant.patch('portal', { scopes: [...scopes, 'crm.objects.contacts.sensitive.read'] });
    await tenant.configure('visitor', { pull: [{ property: 'national_id' }, { property: 'jobtitle' }] });
    const first = await tenant.round('enable', ['visitor']);
    expectAgreement(first);
    expect(first.after.visitors.filter(({ metadata }) => metadata.custom?.hubspot_national_id).length).toBeGreaterThan(
      50,
    );
    await tenant.patch('portal', { scopes });
    const round = await tenant.round('run', ['visitor']);
    expect(round.writes).toEqual([]);
    expectAgreement(round);
    expect(round.judged[0]?.run.counts).toMatchObject({ stopped: [{ property: 'national_id', reason: 'gone' }] });
  });

  test('a held run that is approved after the Pendo key has moved to another subscription writes nothing', async () => {
    const tenant = await settled();
    const other = await tenant.admin.post<World>('/admin/worlds', {
      world: `${tenant.world.world}-other`,
      contacts: 10,
      visitors: 10,
      companies: 4,
      accounts: 4,
      seed: 78,
    });
    await tenant.fault({ vendor: 'pendo', kind: 'empty200', source: '^events$' });
    const { run } = await runOnce(tenant);
    expect(run.state).toBe('held');
    await tenant.noFaults();
    await tenant.fault({ vendor: 'pendo', kind: 'otherWorld', world: other.world });
    const from = await lastCall(tenant);
    await stack.api.post(`${tenant.path}/runs/${run.id}/approve`);
    expect(await tenant.ended(run)).toMatchObject({ state: 'failed', reason: { code: 'SUBSCRIPTION_CHANGED' } });
    expect(writesOf(await tenant.log(from))).toEqual([]);
  });

  test('half of the contacts gone holds both legs; approved, the rest is delivered as the oracle wants it', async () => {
    const tenant = await settled();
    const { contacts } = await tenant.seen();
    const gone = contacts.filter((_, n) => n % 2 === 0);
    await tenant.patch(
      'contacts',
      gone.map(({ id }) => ({ id, archived: true })),
    );
    const staying = contacts.filter(({ id, archived }) => !archived && !gone.some((one) => one.id === id)).slice(0, 20);
    await tenant.patch(
      'contacts',
      staying.map(({ id }) => ({ id, properties: { phone: '+1 555 0100' } })),
    );
    const before = await tenant.seen();
    const { run, written } = await runOnce(tenant);
    expect(written).toEqual([]);
    expect(run.state).toBe('held');
    expect(run.reason?.message).toMatch(/Only \d+ records read from HubSpot, after \d+ in the last good run/);
    expect(new Set(run.held.map(({ leg }) => leg))).toEqual(new Set(['pull', 'push']));
    expect(run.counts.legs?.pull?.held).toBeGreaterThan(5);
    expect(asksForSamples(run)).toBe(run.held.some((held) => JSON.stringify(held).includes('"samples":[{')));

    const from = await lastCall(tenant);
    // A pair that this run has nothing to send to: only forgetting could take its row away.
    const remembered = async (): Promise<string[]> => {
      const { rows } = await stack.services.control.db.pool.query<{ pair: string }>(
        `select leg || ' ' || hubspot_id as pair from sent_values where tenant_id = $1 and hubspot_id <> all($2::bigint[])
         order by 1`,
        [tenant.id, gone.map(({ id }) => id)],
      );
      return rows.map(({ pair }) => pair);
    };
    const sent = await remembered();
    expect(sent.length).toBeGreaterThan(50);
    await stack.api.post(`${tenant.path}/runs/${run.id}/approve`);
    const round = await tenant.judge(before, from, [run], { approved: ['pull', 'push'] });
    expectAgreement(round);
    expect(round.writes.length).toBeGreaterThan(0);
    expect(await remembered(), 'an approval forgets nothing of what was sent').toEqual(expect.arrayContaining(sent));
  });

  test('a column emptied by mistake holds its leg alone; the other is delivered', async () => {
    const tenant = await settled();
    const { contacts, takenAt } = await tenant.seen();
    // Read back once, and past HubSpot's settle time: what differs then was changed by somebody.
    expectAgreement(await tenant.round('run', ['visitor']));
    await stack.setClock(takenAt + 5 * 60_000);
    await tenant.patch(
      'contacts',
      contacts.filter(({ archived }) => !archived).map(({ id }) => ({ id, properties: { phone: null } })),
    );
    await tenant.patch(
      'contacts',
      contacts.slice(0, 40).map(({ id }) => ({ id, properties: { pendo_time_on_app_180d: null } })),
    );
    const round = await tenant.round('run', ['visitor']);
    expectAgreement(round);
    const run = round.judged[0]?.run;
    expect(run).toMatchObject({ state: 'held', reason: { legs: ['pull'] }, held: [{ subject: 'phone' }] });
    expect(run?.counts.legs?.push?.written).toBeGreaterThan(10);
  });
});
