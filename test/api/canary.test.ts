/** Credentials go in and are found nowhere: not in answers, logs, the audit trail, exports, errors, nor in the database in the clear. */
import { expect, test } from 'vitest';
import type { World } from '../../sandbox/contract.ts';
import { dumpDatabase, findIn } from '../setup/canaries.ts';
import type { Harness } from './harness.ts';
import { addressOf, listOperations } from './operations.ts';
import { startWithVendors } from './with-vendors.ts';

const { vendors, api } = await startWithVendors();

test('planted credentials are in no answer, no log line and no table', { timeout: 90_000 }, async () => {
  const admin = await api.key(['admin']);
  const world = await vendors.world();
  const canaries = [admin, world.hubspotToken, world.pendoKey, 'canary-pendo-key-0001', 'canary-hubspot-token-0002'];
  const answers: string[] = [];
  const call: Harness['call'] = async (...args) => {
    const answer = await api.call(...args);
    answers.push(answer.text, JSON.stringify([...answer.headers]));
    return answer;
  };
  const tenant = (await call(admin, 'POST', '/v1/tenants', { name: 'canary' })).body.id as string;
  const put = (vendor: string, body: object) => call(admin, 'PUT', `/v1/tenants/${tenant}/connections/${vendor}`, body);
  await put('hubspot', { token: world.hubspotToken });
  await put('pendo', { key: world.pendoKey, zone: world.zone });
  // Refused ones, malformed ones, and ones that go where they do not belong.
  await put('hubspot', { token: 'canary-hubspot-token-0002' });
  await put('pendo', { key: 'canary-pendo-key-0001', zone: world.zone });
  await put('pendo', { key: 'canary-pendo-key-0001', zone: 5 });
  await put('hubspot', { token: 'canary-hubspot-token-0002', more: 'canary-hubspot-token-0002' });
  await put('hubspot', { token: ['canary-hubspot-token-0002'] });
  await call(admin, 'PUT', `/v1/tenants/${tenant}/connections/pendo`, '{"key":"canary-pendo-key-0001"');
  await call('canary-hubspot-token-0002', 'GET', '/v1/tenants');
  await call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, {
    joinKey: { property: 'email' },
    pull: [{ property: 'jobtitle' }],
  });
  await call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/enable`);
  await vendors.fault(world, { vendor: 'hubspot', kind: 'revoked' });
  await call(admin, 'POST', `/v1/tenants/${tenant}/connections/hubspot/test`);
  await call(admin, 'GET', `/v1/tenants/${tenant}/catalogue/visitor/hubspot-properties`);
  const run = (await call(admin, 'GET', `/v1/tenants/${tenant}/runs`)).body.runs[0].id as string;
  const ids = { tenant, tenantId: tenant, object: 'visitor', run };
  for (const operation of (await listOperations(api)).filter(({ method }) => method === 'GET')) {
    await call(admin, 'GET', addressOf(operation, ids));
  }
  await vendors.noFaults(world);
  await call(admin, 'PUT', `/v1/tenants/${tenant}/connections/hubspot`, { token: world.hubspotToken });
  await askWithEchoes(call, admin, tenant, world);
  await call(admin, 'DELETE', `/v1/tenants/${tenant}/connections/hubspot`);

  const database = await dumpDatabase(api.databaseUrl);
  expect(database['tenants.id']).toContain(tenant);
  const shown = { answers: answers.join('\n'), log: api.logged.join('\n'), engine: api.asked.join('\n') };
  const secrets = Object.fromEntries(canaries.map((canary) => [`${canary.slice(0, 12)}…`, canary]));
  expect(findIn({ ...shown, ...database }, secrets)).toEqual([]);
});

/** Vendors that quote the request, its headers among it, in every member of their errors, and in 200. */
async function askWithEchoes(call: Harness['call'], admin: string, tenant: string, world: World): Promise<void> {
  const echo = '{{headers}} {{header:authorization}} {{header:x-pendo-integration-key}} {{body}}';
  const bare = '{{header:authorization}}{{header:x-pendo-integration-key}}';
  const context = { propertyName: [bare], requiredScopes: [bare], ids: [bare] };
  const errors = [{ message: echo, code: bare, context }];
  const said = { status: 'error', category: bare, subCategory: bare, message: echo, context, errors };
  for (const status of [200, 400, 403, 500]) {
    for (const vendor of ['hubspot', 'pendo'] as const) {
      await vendors.fault(world, { vendor, kind: 'changeAnswer', status, edits: [{ path: [], set: said }] });
    }
    for (const path of ['connections/hubspot/test', 'connections/pendo/test', 'syncs/visitor/preview'])
      await call(admin, 'POST', `/v1/tenants/${tenant}/${path}`);
    for (const path of ['hubspot-properties', 'pendo-fields'])
      await call(admin, 'GET', `/v1/tenants/${tenant}/catalogue/visitor/${path}`);
    await call(admin, 'GET', `/v1/tenants/${tenant}/connections`);
    await vendors.noFaults(world);
  }
}

test('the log leaves out what looks like a credential, and the text of vendors and of the database', async () => {
  const canary = 'canary-log-0003';
  const { log } = api.control;
  log.info({ token: canary, nested: { accessToken: canary }, headers: { authorization: canary, cookie: canary } }, 'x');
  log.warn({ err: Object.assign(new Error('ours'), { detail: canary, body: { email: canary } }) }, 'x');
  const fault = await api.db.owner
    .insertInto('tenants')
    .values({ id: canary, external_id: null, name: null as never })
    .execute()
    .catch((error: unknown) => error);
  log.error({ err: fault }, 'x');
  expect(api.logged.slice(-3).join()).not.toContain(canary);
  expect(api.logged.at(-1)).toContain('23502');
  expect(api.logged.at(-2)).toContain('ours');
});
