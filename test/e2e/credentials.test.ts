/** What only a person can fix: the run fails with a reason, the sync is paused, and no further call is made. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Fault } from '../../sandbox/contract.ts';
import { missionScopes } from '../../sandbox/hubspot/portal.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const world = { contacts: 60, visitors: 60, companies: 5, accounts: 5 };

/** A tenant after a good first run, with something to write. */
async function owing(): Promise<TestedTenant> {
  const tenant = await testedTenant(stack, { world });
  expectAgreement(await tenant.round('enable', ['visitor']));
  await tenant.configure('visitor', { window: 30, pull: [...tenant.configs.visitor.pull, { property: 'jobtitle' }] });
  return tenant;
}

async function failure(tenant: TestedTenant) {
  const from = await lastCall(tenant);
  const run = await tenant.ended(await tenant.start('visitor'));
  const log = await tenant.log(from);
  return {
    run,
    refused: log.filter(({ status }) => status === 401 || status === 403),
    sync: await tenant.pausedSync('visitor'),
  };
}

describe('credentials', { timeout: 60_000 }, () => {
  // Pendo answers 403 to a key that it does not know, as to one without write access: which it is, it tells when asked.
  test.each<[string, string, RegExp, Fault]>([
    [
      'hubspot',
      'RECONNECT_NEEDED',
      /Connect HubSpot again/,
      { vendor: 'hubspot', kind: 'revoked', route: 'GET .*/objects/' },
    ],
    ['pendo', 'RECONNECT_NEEDED', /Connect Pendo again/, { vendor: 'pendo', kind: 'revoked', source: '^events$' }],
  ])('a credential of %s that is revoked in mid-run', async (vendor, code, fix, fault) => {
    const tenant = await owing();
    await tenant.fault(fault);
    const { run, refused, sync } = await failure(tenant);
    expect(run).toMatchObject({ state: 'failed', reason: { vendor, fix: expect.stringMatching(fix) } });
    expect(sync).toMatchObject({ state: 'paused', reason: { code, fix: expect.stringMatching(fix) } });
    // Requests that were on their way together are refused together; none is made after that.
    expect(refused.length).toBeLessThanOrEqual(vendor === 'hubspot' ? 16 : 4);
    const until = Math.max(...refused.map(({ at }) => at)) - Math.min(...refused.map(({ at }) => at));
    expect(until).toBeLessThan(2000);
    await expect(tenant.start('visitor')).rejects.toMatchObject({ status: 409 });

    await tenant.noFaults();
    const credential =
      vendor === 'hubspot'
        ? { token: tenant.world.hubspotToken }
        : { key: tenant.world.pendoKey, zone: tenant.world.zone };
    await stack.api.put(`${tenant.path}/connections/${vendor}`, credential);
    await stack.api.post(`${tenant.path}/syncs/visitor/resume`);
    const round = await tenant.round('run', ['visitor']);
    expect(round.findings).toEqual([]);
    expect(round.judged[0]?.run.state).toBe('succeeded');
  });

  test('a key of Pendo that is alive and may not write is told apart from a dead one', async () => {
    const tenant = await owing();
    await tenant.fault({ vendor: 'pendo', kind: 'status', status: 403, route: 'POST .*/value' });
    const { run, sync } = await failure(tenant);
    expect(run).toMatchObject({ state: 'failed', reason: { vendor: 'pendo', code: 'FORBIDDEN' } });
    expect(sync).toMatchObject({
      state: 'paused',
      reason: { code: 'FORBIDDEN', fix: expect.stringMatching(/a key with write access/) },
    });
  });

  test('a scope that is missing is named', async () => {
    const tenant = await owing();
    const scope = 'crm.objects.contacts.write';
    await tenant.patch('portal', { scopes: missionScopes.filter((name) => name !== scope) });
    const { run, refused, sync } = await failure(tenant);
    expect(run).toMatchObject({ state: 'failed', reason: { vendor: 'hubspot' } });
    expect(JSON.stringify(run.reason)).toContain(scope);
    expect(sync).toMatchObject({ state: 'paused' });
    expect(JSON.stringify(sync.reason)).toContain(scope);
    expect(refused.length).toBeLessThanOrEqual(2);

    await tenant.patch('portal', { scopes: missionScopes });
    await stack.api.post(`${tenant.path}/syncs/visitor/resume`);
    const round = await tenant.round('run', ['visitor']);
    expect(round.findings).toEqual([]);
    expect(round.judged[0]?.run.state).toBe('succeeded');
  });

  test('a zone that is not the subscription’s pauses the sync before anything is read', async () => {
    const tenant = await owing();
    await stack.api
      .put(`${tenant.path}/connections/pendo`, { key: tenant.world.pendoKey, zone: 'Asia/Tokyo' })
      .catch(() => undefined);
    const from = await lastCall(tenant);
    await tenant.patch('subscription', { zone: 'Pacific/Auckland' });
    const run = await tenant.ended(await tenant.start('visitor'));
    expect(run).toMatchObject({ state: 'failed', reason: { code: 'ZONE_MISMATCH' } });
    expect(await tenant.pausedSync('visitor')).toMatchObject({ reason: { code: 'ZONE_MISMATCH' } });
    expect((await tenant.log(from)).filter(({ writes }) => writes !== undefined)).toEqual([]);
  });
});
