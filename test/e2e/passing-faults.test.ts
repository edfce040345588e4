/** What passes by itself, or is the operator's to correct, pauses no sync: the run waits, and ends as it should. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Fault } from '../../sandbox/contract.ts';
import { readConfig } from '../../src/config/config.ts';
import { openServices } from '../../src/services.ts';
import { Secret } from '../../src/vault/index.ts';
import { workflowBundle } from '../setup/temporal.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const world = { contacts: 60, visitors: 60, companies: 5, accounts: 5 };
const page = '<!DOCTYPE html><html><head><title>Access denied</title></head><body>Incident 1234</body></html>';
const html = { 'content-type': 'text/html; charset=UTF-8' };
const ofHubSpot = { 'content-type': 'application/json;charset=utf-8' };
const error = (body: object) => JSON.stringify({ status: 'error', ...body });

/** Once more than a call is repeated within a step, so that the step itself meets it. */
const often = 4;
const strange: Partial<Fault>[] = [
  { vendor: 'hubspot', route: 'GET .*/properties/', status: 403, headers: html, body: page, count: often },
  { vendor: 'hubspot', route: 'GET .*/objects/', status: 408, body: '', count: 2 },
  { vendor: 'hubspot', route: 'POST .*/batch/update', status: 404, headers: html, body: page, count: often },
  { vendor: 'pendo', source: '^const$', status: 408, body: 'Request Timeout', count: 1 },
  { vendor: 'pendo', route: 'GET .*/metadata/schema', status: 401, headers: html, body: page, count: 2 },
  { vendor: 'pendo', route: 'GET .*/guide', status: 404, headers: html, body: page, count: 2 },
  { vendor: 'pendo', source: '^pollEvents$', status: 421, body: 'misdirected', count: 2 },
  { vendor: 'pendo', source: '^visitors$', status: 408, body: 'Request Timeout', count: 5 },
  { vendor: 'pendo', route: 'POST .*/value', status: 403, headers: html, body: page, count: often },
];
/** Clear, in the vendor's own format; but not said again. */
const once: Partial<Fault>[] = [
  {
    vendor: 'hubspot',
    route: 'GET .*/objects/',
    status: 401,
    body: error({ message: 'not valid', category: 'INVALID_AUTHENTICATION' }),
  },
  {
    vendor: 'hubspot',
    route: 'POST .*/batch/update',
    status: 403,
    body: error({
      message: 'no',
      category: 'MISSING_SCOPES',
      errors: [{ context: { requiredGranularScopes: ['x'] } }],
    }),
  },
  {
    vendor: 'hubspot',
    route: 'GET .*/properties/',
    status: 400,
    body: error({ message: 'Bad request', category: 'VALIDATION_ERROR' }),
  },
  { vendor: 'pendo', source: '^events$', status: 403, body: '{"message":"forbidden"}' },
  { vendor: 'pendo', route: 'GET .*/metadata/schema', status: 401, body: '' },
  { vendor: 'pendo', source: '^visitors$', status: 400, body: '{"message":"cannot parse"}' },
].map((fault) => ({ ...fault, headers: ofHubSpot, count: 1 }) as Partial<Fault>);

describe('passing faults', { timeout: 120_000 }, () => {
  test.each([
    ['answers that are not the vendor’s, time-outs and unknown statuses, at every call of a run', strange],
    ['a refusal of credential, scope or request that is not repeated', once],
  ])('%s: the run ends as it should, and nobody is asked to do anything', async (_, faults) => {
    const tenant = await testedTenant(stack, { world });
    expectAgreement(await tenant.round('enable', ['visitor']));
    await tenant.configure('visitor', { window: 30, pull: [...tenant.configs.visitor.pull, { property: 'jobtitle' }] });
    for (const fault of faults) await tenant.fault({ kind: 'answerWith', ...fault } as Fault);
    const round = await tenant.round('run', ['visitor']);
    expectAgreement(round);
    expect(round.judged[0]?.run.state).toBe('succeeded');
    expect(await tenant.sync('visitor')).toMatchObject({ state: 'enabled', reason: null });
    const met = (await tenant.log()).filter((call) => call.fault === 'answerWith');
    expect(met).toHaveLength(faults.reduce((sum, { count = 0 }) => sum + count, 0));
  });
});

describe('a fault of the operator’s', { timeout: 120_000 }, () => {
  test('a wrong client secret: runs wait and say so, no sync is paused, and all goes on once it is corrected', async () => {
    const tenant = await testedTenant(stack, { world });
    expectAgreement(await tenant.round('enable', ['visitor']));
    const logged: string[] = [];
    const services = await withApp((line) => logged.push(line));
    await logIn(tenant);
    await tenant.fault({
      vendor: 'hubspot',
      kind: 'answerWith',
      route: '/token$',
      status: 400,
      body: JSON.stringify({ status: 'BAD_CLIENT_SECRET', error: 'invalid_client' }),
      headers: ofHubSpot,
    });
    const { id } = await tenant.start('visitor');
    const waiting = await waitUntil(
      async () => {
        const run = await tenant.run(id);
        return run.state === 'waiting' ? run : undefined;
      },
      { what: 'the run waiting', timeoutMs: 30_000 },
    );
    expect(waiting.reason).toMatchObject({
      code: 'BAD_CLIENT_SECRET',
      message: expect.stringMatching(/client secret of this installation/),
      fix: expect.stringMatching(/Nothing to do for this tenant.*HUBSPOT_CLIENT_SECRET/),
    });
    expect(await tenant.sync('visitor')).toMatchObject({ state: 'enabled', reason: null });
    const connections = await stack.api.get<{ connections: { state: string }[] }>(`${tenant.path}/connections`);
    expect(connections.connections.map(({ state }) => state)).toEqual(['ok', 'ok']);
    // One line for the operator, however many runs wait; and a figure for the monitoring.
    expect(logged.filter((line) => line.includes('No tenant is paused'))).toHaveLength(1);
    const metrics = await fetch(`${stack.apiUrl}/v1/metrics`, { headers: { authorization: `Bearer ${stack.key}` } });
    expect(await metrics.text()).toContain('crosswalk_runs_waiting{code="BAD_CLIENT_SECRET"} 1');

    // Corrected, and restarted.
    await tenant.noFaults();
    await services.close();
    const corrected = await withApp(() => undefined);
    await corrected.nudge(tenant.id);
    expect((await tenant.ended({ id })).state).toBe('succeeded');
    await corrected.close();
  });

  /** A worker in the place of the stack's, with the sandbox's app. */
  async function withApp(write: (line: string) => void) {
    await stack.worker?.stop();
    const { createLog } = await import('../../src/telemetry/log.ts');
    const services = await openServices({
      config: readConfig({
        ...stack.env,
        HUBSPOT_CLIENT_ID: 'sandbox-client-id',
        HUBSPOT_CLIENT_SECRET: 'sandbox-client-secret',
      }),
      databaseUrl: stack.databaseUrl,
      temporalAddress: stack.temporalAddress,
      publicUrl: 'http://127.0.0.1',
      log: createLog({ level: 'error', write }),
      clock: stack.services.control.clock,
    });
    const worker = await services.work({ workflowBundle: workflowBundle(), sweepMs: 500, graceMs: 2000 });
    return {
      nudge: (tenantId: string) => services.control.starter.lookNow(tenantId, 'visitor'),
      close: async () => {
        await worker.stop();
        await services.close();
      },
    };
  }

  /** As a login would leave it, with an access token that has run out. */
  async function logIn({ id, world: { portalId } }: TestedTenant): Promise<void> {
    const app = { client_id: 'sandbox-client-id', redirect_uri: 'http://127.0.0.1/back' };
    const { hubspotUrl } = stack.sandbox;
    const scopes =
      'crm.objects.contacts.read crm.objects.contacts.write crm.schemas.contacts.read crm.schemas.contacts.write';
    const query = new URLSearchParams({ ...app, scope: scopes, portal: String(portalId) });
    const page = await fetch(`${hubspotUrl}/oauth/authorize?${query}`, { redirect: 'manual' });
    const code = new URL(page.headers.get('location') as string).searchParams.get('code') as string;
    const form = { ...app, client_secret: 'sandbox-client-secret', grant_type: 'authorization_code', code };
    const granted = await fetch(`${hubspotUrl}/oauth/2026-09/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    const { access_token, refresh_token } = (await granted.json()) as Record<string, string>;
    const { db, vault } = stack.services.control;
    await db.tenant(id, async (tx) => {
      const secret = JSON.stringify({ accessToken: access_token, refreshToken: refresh_token, expiresAt: Date.now() });
      await vault.put(tx, id, 'hubspot.oauth', new Secret(secret));
      await vault.remove(tx, id, 'hubspot.token');
      await tx.updateTable('connections').set({ kind: 'oauth' }).where('vendor', '=', 'hubspot').execute();
    });
  }
});
