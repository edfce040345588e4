/** Events of security are in the audit trail, and a flood of them is a few lines. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { createSecurityLog } from '../../src/control/audit/security-log.ts';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';

interface Entry {
  tenantId: string | null;
  actor: string;
  action: string;
  subject: string;
  after: Record<string, unknown> | null;
}

let api: Harness;
let admin: string;
beforeAll(async () => {
  api = await startHarness();
  admin = await api.key(['admin']);
});
afterAll(() => api[Symbol.asyncDispose]());

const newTenant = async (): Promise<string> => (await api.call(admin, 'POST', '/v1/tenants', { name: 'T' })).body.id;
const entries = async (by = admin, query = ''): Promise<Entry[]> =>
  (await api.call(by, 'GET', `/v1/audit?limit=200${query}`)).body.entries;
const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });

test('refused keys are recorded with their address, and a flood of them is counted by minute and address', async () => {
  const security = createSecurityLog(api.control);
  const limits = { perSecond: 1e6, burst: 1e6, failuresPerMinute: 1e6 };
  const app = createApp(api.control, { security, limits });
  const ask = async (address: string, key: string) => {
    const headers = { authorization: `Bearer ${key}` };
    expect((await app.request('/v1/tenants', { headers }, from(address))).status).toBe(401);
  };
  for (let n = 0; n < 300; n++) await ask('203.0.113.7', `cwk_wrong${n}`);
  // Of IPv6 one subscriber is one address.
  for (let n = 0; n < 20; n++) await ask(`2001:db8:5:6::${n.toString(16)}`, 'cwk_wrong');
  // And from everywhere at once.
  for (let n = 0; n < 200; n++) await ask(`198.51.100.${n}`, 'cwk_wrong');
  await security.flush();
  const refused = (await entries()).filter(({ action }) => action === 'key.refused');
  expect(refused.length).toBeLessThan(30);
  const of = (subject: string) => refused.filter((entry) => entry.subject === subject);
  expect(of('address:203.0.113.7')).toMatchObject([{ after: { more: 299 } }, { actor: 'unknown', tenantId: null }]);
  expect(of('address:2001:db8:5:6::/64')).toMatchObject([{ after: { more: 19 } }, {}]);
  const counted = refused.reduce((sum, { after }) => sum + Number(after?.more ?? (after === null ? 1 : 0)), 0);
  expect(counted).toBe(520);
  expect(JSON.stringify(refused)).not.toContain('cwk_');
  // The next minute is another.
  api.pass(60_000);
  await ask('203.0.113.7', 'cwk_wrong');
  expect((await entries()).filter(({ subject }) => subject === 'address:203.0.113.7')).toHaveLength(3);
});

test('a key that tries beyond its scope or its tenant is found in its own trail, and no other tenant sees that', async () => {
  const [mine, theirs] = [await newTenant(), await newTenant()];
  const reader = await api.key(['read'], mine);
  await api.call(reader, 'PATCH', `/v1/tenants/${mine}`, { name: 'x' });
  await api.call(reader, 'GET', `/v1/tenants/${theirs}/syncs/visitor/records/pendo/ann@example.com`);
  await api.call(reader, 'POST', '/v1/tenants', { name: 'x' });
  await api.call(reader, 'GET', `/v1/audit?tenantId=${theirs}`);
  const own = await entries(await api.key(['admin'], mine));
  const events = own.filter(({ action }) => action.endsWith('.denied'));
  expect(events.map(({ action, subject, after }) => [action, subject, after?.code])).toEqual([
    ['tenant.denied', 'GET /v1/audit', 'NOT_FOUND'],
    ['scope.denied', 'POST /v1/tenants', 'KEY_BOUND_TO_TENANT'],
    ['tenant.denied', 'GET /v1/tenants/:tenant/syncs/:object/records/pendo/:id', 'NOT_FOUND'],
    ['scope.denied', 'PATCH /v1/tenants/:tenant', 'SCOPE_MISSING'],
  ]);
  expect(JSON.stringify(own)).not.toContain(theirs);
  expect(JSON.stringify(own)).not.toContain('ann@example.com');
  const other = await entries(await api.key(['admin'], theirs));
  expect(other.filter(({ action }) => action.endsWith('.denied'))).toEqual([]);
});

test('a key that is used from another network, and sign-ins that are refused, are recorded', async () => {
  const tenant = await newTenant();
  const made = await api.call(admin, 'POST', '/v1/keys', {
    ...{ name: 'x', scopes: ['read'], tenantId: tenant, networks: ['203.0.113.0/24'] },
  });
  const headers = { authorization: `Bearer ${made.body.secret}` };
  await api.app.request('/v1/tenants', { headers }, from('192.0.2.5'));
  expect(await entries(admin, `&tenantId=${tenant}`)).toContainEqual(
    expect.objectContaining({
      action: 'address.refused',
      actor: `key:${made.body.key.id}`,
      subject: 'address:192.0.2.5',
    }),
  );
  await api.call(undefined, 'POST', '/v1/session', { key: 'cwk_wrong' });
  await api.call(undefined, 'POST', '/v1/session', { code: 'wrong' });
  expect((await entries()).filter(({ action }) => action === 'sign-in.refused')).not.toEqual([]);
});

test('sessions, exports, lists of records, restores and approvals are recorded', async () => {
  const tenant = await newTenant();
  const at = `/v1/tenants/${tenant}`;
  const config = { joinKey: { property: 'email' } };
  await api.call(admin, 'PUT', `${at}/syncs/visitor`, config);
  expect(
    (await api.call(admin, 'PUT', `${at}/syncs/visitor`, { ...config, pull: [{ property: 'jobtitle' }] })).status,
  ).toBe(200);
  const restored = await api.call(admin, 'POST', `${at}/syncs/visitor/versions/1/restore`);
  expect(restored).toMatchObject({ status: 200 });
  await connectOnPaper(api.db, tenant);
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  const { run } = (await api.call(admin, 'POST', `${at}/syncs/visitor/runs`, {})).body;
  const held = JSON.stringify([{ leg: 'pull', test: 'counts', subject: 'x', message: '', before: 1, now: 0 }]);
  await api.db.tenant(tenant, (tx) => tx.updateTable('runs').set({ state: 'held', held }).execute());
  const reader = await api.key(['admin'], tenant);
  await api.call(undefined, 'POST', '/v1/session', { key: reader });
  await api.call(reader, 'GET', `${at}/runs/${run.id}/records.csv?leg=pull`);
  for (let n = 0; n < 10; n++) await api.call(reader, 'GET', `${at}/runs/${run.id}/records?leg=pull`);
  await api.call(reader, 'GET', '/v1/audit.csv');
  await api.call(reader, 'GET', `/v1/audit.jsonl?chain=${tenant}`);
  await api.call(admin, 'POST', `${at}/runs/${run.id}/approve`, {});
  const seen = (await entries(admin, `&tenantId=${tenant}`)).map(
    ({ action, subject }) => `${action} ${subject.split(':')[0]}`,
  );
  for (const event of [
    'session.started session',
    'data.exported run',
    'data.exported audit',
    'records.read run',
    'sync.restored sync',
    'run.approved run',
  ]) {
    expect(seen).toContain(event);
  }
  expect(seen.filter((event) => event === 'records.read run')).toHaveLength(1);
  expect(seen.filter((event) => event === 'data.exported audit')).toHaveLength(2);
});

test('an export that cannot be recorded is not given', async () => {
  await using closed = await startHarness();
  const key = await closed.key(['admin']);
  await sql`revoke insert on audit from crosswalk_app`.execute(closed.db.owner);
  for (const path of ['/v1/audit.csv', '/v1/audit.jsonl']) {
    const answer = await closed.call(key, 'GET', path);
    expect([path, answer.status]).toEqual([path, 500]);
    expect(answer.text).not.toContain('key.created');
  }
});

test('an address that names a person is in no line of the log', async () => {
  await using broken = await startHarness();
  const key = await broken.key(['admin']);
  const tenant = (await broken.call(key, 'POST', '/v1/tenants', { name: 'T' })).body.id;
  await broken.call(key, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { joinKey: { property: 'email' } });
  await broken.db.owner.schema.dropTable('suppressions').cascade().execute();
  await broken.db.owner.schema.dropTable('pendo_records').cascade().execute();
  const person = 'ann.lee@example.com';
  const at = `/v1/tenants/${tenant}/syncs/visitor/records/pendo`;
  for (const id of [person, encodeURIComponent(person), 'ann.lee%2540example.com']) {
    expect(
      (await broken.call(key, 'GET', `${at}/${id}?note=${encodeURIComponent(person)}`)).status,
    ).toBeGreaterThanOrEqual(400);
  }
  const log = broken.logged.join('\n');
  expect(log).toContain('request failed');
  expect(log).toContain('/v1/tenants/:tenant/syncs/:object/records/pendo/:id');
  expect(decodeURIComponent(decodeURIComponent(log.replaceAll(/%(?![0-9a-fA-F]{2})/g, '')))).not.toContain('ann.lee');
});
