/** What a vendor refuses costs the others nothing: it is found, named, kept owed, and tried again with the value of the day. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Call, CrmEdit, RawPortal } from '../../sandbox/contract.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

/** The portal wants a job title of whoever lives in this town. */
const town = 'Nowhere';
const rule = { object: 'contacts', property: 'jobtitle', when: { property: 'city', value: town } } as const;
const culprits = 3;

async function withCulprits(): Promise<{ tenant: TestedTenant; ids: string[] }> {
  const tenant = await testedTenant(stack, {
    world: { contacts: 200, visitors: 200, companies: 4, accounts: 4, tame: true, matched: 1 },
    config: { visitor: { degraded: { share: 1, rows: culprits } } },
    switches: { hubspotBadRow: 'batch400' },
  });
  const truth = await tenant.seen();
  const visitors = new Set(truth.visitors.map((one) => one.id));
  const ids = truth.contacts.filter((one) => visitors.has(one.properties.email ?? '')).map((one) => one.id);
  const chosen = [ids[3], ids[77], ids[110]] as string[];
  const edits: CrmEdit[] = chosen.map((id) => ({ id, properties: { city: town, jobtitle: null } }));
  await tenant.patch('contacts', edits);
  await tenant.patch('portal', { validationRules: [rule] } satisfies Partial<RawPortal>);
  return { tenant, ids: chosen };
}

const updates = (writes: readonly Call[]): Call[] => writes.filter((call) => call.operation === 'batchUpdate');
const accepted = (writes: readonly Call[], id: string): boolean =>
  updates(writes).some((call) => call.writes?.some((write) => write.id === id && write.accepted));

describe('rejected rows', { timeout: 120_000 }, () => {
  test('a batch refused as a whole is bisected with at most 16 calls more for each culprit; they stay owed and are tried again', async () => {
    const { tenant, ids } = await withCulprits();
    const first = await tenant.round('enable', ['visitor']);
    expectAgreement(first);
    const rows = first.judged[0]?.expectation.writes.filter((write) => write.side === 'hubspot').length ?? 0;
    expect(rows).toBeGreaterThan(150);
    expect(updates(first.writes).length).toBeLessThanOrEqual(Math.ceil(rows / 100) + 1 + 16 * culprits);
    expect(updates(first.writes).some((call) => call.status === 400)).toBe(true);

    // From so many rows on the run is degraded, and says why, grouped.
    expect(first.judged[0]?.run).toMatchObject({
      state: 'degraded',
      reason: {
        code: 'ROWS_REJECTED',
        rejections: [
          { leg: 'push', code: 'MISSING_CONDITIONAL_REQUIRED_PROPERTY', property: 'jobtitle', rows: culprits },
        ],
      },
    });

    // One is corrected, the others are tried again and refused again; nothing else is sent.
    await tenant.patch('contacts', [{ id: ids[0], properties: { jobtitle: 'Mayor' } }]);
    const second = await tenant.round('run', ['visitor']);
    expectAgreement(second);
    expect(accepted(second.writes, ids[0] as string)).toBe(true);
    const sent = new Set(updates(second.writes).flatMap((call) => call.writes?.map((write) => write.id) ?? []));
    expect([...sent].sort()).toEqual([...ids].sort());

    await tenant.patch('portal', { validationRules: [] } satisfies Partial<RawPortal>);
    const third = await tenant.round('run', ['visitor']);
    expectAgreement(third);
    expect(third.judged[0]?.run.state).toBe('succeeded');
    for (const id of ids.slice(1)) expect(accepted(third.writes, id)).toBe(true);
  });

  test('a property that stops taking values in mid-run is dropped for the run and told once; the rest of its rows is written', async () => {
    const tenant = await testedTenant(stack, {
      world: { contacts: 60, visitors: 60, companies: 4, accounts: 4, tame: true, matched: 1 },
    });
    await tenant.configure('visitor', { pull: [] });
    // Else the run's own questions about the account would be what is slow.
    await stack.api.post(`${tenant.path}/assumptions/verify`);
    await tenant.fault({ vendor: 'pendo', kind: 'latency', ms: 4000, source: '^events$', count: 1 });
    const run = await tenant.start('visitor', 'enable');
    // The properties are made by now, and nothing has been delivered yet.
    await waitUntil(
      async () => (await tenant.log()).find((call) => call.path.endsWith('/aggregation') && call.status === 0),
      {
        what: 'the usage being read',
        timeoutMs: 30_000,
      },
    );
    const { portal } = await tenant.seen();
    const contacts = portal.properties.contacts.map((one) =>
      one.name === 'pendo_time_on_app_180d' ? { ...one, readOnlyValue: true } : one,
    );
    await tenant.patch('portal', { properties: { ...portal.properties, contacts } });
    expect((await tenant.ended(run)).state).toBe('succeeded');

    const batches = updates(await tenant.log()).filter(
      (call) => call.at >= Date.parse((run as { queuedAt?: string }).queuedAt ?? ''),
    );
    // Those that go ahead and are refused for the property; they again without it; and the rest.
    expect(batches.length).toBeLessThanOrEqual(3);
    expect(batches.length).toBeGreaterThan(1);
    const { rows } = await stack.services.control.db.pool.query<{ dropped: { leg: string; field: string }[] }>(
      'select dropped from runs where id = $1',
      [run.id],
    );
    expect(rows[0]?.dropped).toMatchObject([{ leg: 'push', field: 'pendo_time_on_app_180d' }]);
    const truth = await tenant.seen();
    const held = truth.contacts.filter((one) => one.properties.pendo_days_active_180d !== undefined);
    expect(held.length).toBeGreaterThan(40);
    expect(held.some((one) => one.properties.pendo_time_on_app_180d !== undefined)).toBe(false);
  });
});
