/** Alerts tell of changes, once, to a receiver that can check who sent them, and to nobody inside the network. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkAlerts } from '../../src/control/alerts/check.ts';
import { deliverAlerts } from '../../src/control/alerts/delivery.ts';
import { startMaintenance } from '../../src/control/maintenance/maintenance.ts';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

let api: Harness;
let admin: string;
let receiver: WebhookReceiver;
let address: string;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  address = receiver.origin;
  api = await startHarness({ alertOrigins: [address] });
  admin = await api.key(['admin']);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  receiver.close();
});
beforeEach(() => {
  receiver.received = [];
  receiver.status = 200;
});

async function watched(): Promise<{ tenant: string; secret: string }> {
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body.id as string;
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { joinKey: { property: 'email' } });
  await connectOnPaper(api.db, tenant);
  await api.db.tenant(tenant, (tx) =>
    tx
      .updateTable('syncs')
      .set({ state: 'enabled', updated_at: new Date(api.control.clock()) })
      .execute(),
  );
  const put = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/alerts/target`, {
    url: `${address}/hook?token=receivers`,
    quietHours: 48,
  });
  expect(put.status).toBe(200);
  return { tenant, secret: put.body.secret };
}

async function closeRun(tenant: string, state: 'succeeded' | 'failed' | 'degraded' | 'held'): Promise<void> {
  const closed = state === 'held' ? {} : { closed_at: new Date(api.control.clock()) };
  const reason = state === 'failed' ? JSON.stringify({ code: 'X', message: 'Pendo refused.', fix: 'Look.' }) : null;
  await api.db.tenant(tenant, (tx) =>
    tx
      .insertInto('runs')
      .values({
        tenant_id: tenant,
        object: 'visitor',
        trigger: 'daily',
        state,
        epoch: 1,
        config: '{}',
        config_version: 1,
        reason,
        ...closed,
      })
      .execute(),
  );
}
const types = async (tenant: string) => (await checkAlerts(api.control, tenant)).map(({ type }) => type);

test('only a change is told: failing twice is one alert, recovering another', async () => {
  const { tenant } = await watched();
  expect(await types(tenant)).toEqual([]);
  await closeRun(tenant, 'succeeded');
  expect(await types(tenant)).toEqual([]);
  await closeRun(tenant, 'failed');
  expect(await types(tenant)).toEqual(['failed']);
  await closeRun(tenant, 'failed');
  expect(await types(tenant)).toEqual([]);
  await closeRun(tenant, 'degraded');
  expect(await types(tenant)).toEqual(['degraded']);
  await closeRun(tenant, 'held');
  expect(await types(tenant)).toEqual(['held']);
  await closeRun(tenant, 'succeeded');
  expect(await types(tenant)).toEqual(['recovered']);
});

test('several checkers at once tell a change once', async () => {
  const { tenant } = await watched();
  await closeRun(tenant, 'failed');
  const raised = await Promise.all(Array.from({ length: 5 }, () => types(tenant)));
  expect(raised.flat()).toEqual(['failed']);
});

test('a silence is told, and so is a connection that has to be made again; a pause by a person is not', async () => {
  const { tenant } = await watched();
  await closeRun(tenant, 'succeeded');
  expect(await types(tenant)).toEqual([]);
  api.pass(49 * 3_600_000);
  expect(await types(tenant)).toEqual(['quiet']);
  await closeRun(tenant, 'succeeded');
  expect(await types(tenant)).toEqual(['recovered']);
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/pause`);
  expect(await types(tenant)).toEqual([]);
  const reason = JSON.stringify({ code: 'RECONNECT_NEEDED', message: 'Connect again.', vendor: 'hubspot' });
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ reason }).execute());
  expect(await types(tenant)).toEqual(['reconnect']);
});

test('a full run that has been due for too long is a silence, though deltas succeed', async () => {
  const { tenant } = await watched();
  await closeRun(tenant, 'succeeded');
  const due = (hours: number) =>
    api.db.tenant(tenant, (tx) =>
      tx
        .updateTable('syncs')
        .set({ full_due_at: new Date(api.control.clock() - hours * 3_600_000) })
        .execute(),
    );
  await due(47);
  expect(await checkAlerts(api.control, tenant)).toEqual([]);
  await due(49);
  expect(await checkAlerts(api.control, tenant)).toMatchObject([
    { type: 'quiet', message: expect.stringMatching(/full run has been due since/), fix: expect.any(String) },
  ]);
});

test('what arrives is signed over id, time and body, and says what to do', async () => {
  const { tenant, secret } = await watched();
  await closeRun(tenant, 'failed');
  await deliverAlerts(api.control);
  receiver.received = [];
  await types(tenant);
  expect(await deliverAlerts(api.control)).toBe(1);
  expect(await deliverAlerts(api.control)).toBe(0);
  const [{ headers, body }] = receiver.received as [WebhookReceiver['received'][number]];
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  expect(JSON.parse(body)).toMatchObject({
    type: 'failed',
    tenantId: tenant,
    object: 'visitor',
    message: 'Pendo refused.',
    fix: 'Look.',
  });
  const listed = await api.call(admin, 'GET', `/v1/tenants/${tenant}/alerts`);
  expect(listed.body.alerts[0]).toMatchObject({ type: 'failed', attempts: 1, deliveredAt: expect.any(String) });
});

test('the maintenance raises and delivers by itself, and a stopped one does nothing more', async () => {
  const { tenant } = await watched();
  await closeRun(tenant, 'failed');
  const stop = startMaintenance(api.control, { everyMs: 20, evidenceDays: 90, runDays: 90, auditDays: 400 });
  try {
    await expect
      .poll(() => receiver.received.some(({ body }) => body.includes(tenant)), { timeout: 10_000 })
      .toBe(true);
  } finally {
    await stop();
  }
  receiver.received = [];
  await closeRun(tenant, 'succeeded');
  expect(receiver.received).toEqual([]);
  expect(api.logged.filter((line) => line.includes('failed"') && line.includes('"error"'))).toEqual([]);
});

test('a receiver that refuses is tried again, later each time, with the same id, and given up in the end', async () => {
  const { tenant } = await watched();
  await deliverAlerts(api.control);
  receiver.received = [];
  receiver.status = 500;
  await closeRun(tenant, 'failed');
  await types(tenant);
  for (let round = 0; round < 12; round++) {
    await deliverAlerts(api.control);
    expect(await deliverAlerts(api.control)).toBe(0);
    api.pass(7 * 3_600_000);
  }
  expect(receiver.received).toHaveLength(8);
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  const listed = await api.call(admin, 'GET', `/v1/tenants/${tenant}/alerts`);
  expect(listed.body.alerts[0]).toMatchObject({
    attempts: 8,
    nextAttemptAt: null,
    deliveredAt: null,
    lastError: 'answered 500',
  });
});

test('after a rotation both secrets sign, so that a receiver can change over', async () => {
  const { tenant, secret } = await watched();
  const url = `${address}/hook`;
  const rotated = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/alerts/target`, { url, rotateSecret: true });
  expect(rotated.body.secret).not.toBe(secret);
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/alerts/target`)).text).not.toContain('whsec_');
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/alerts/target/test`);
  const { headers, body } = receiver.received[0]!;
  const signatures = String(headers['webhook-signature']).split(' ');
  const expected = [rotated.body.secret, secret].map((one: string) => {
    const key = Buffer.from(one.replace('whsec_', ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')}`;
  });
  expect(signatures).toEqual(expected);
});

test("a receiver's own token in the address is not shown again, and not kept in the audit trail", async () => {
  const { tenant } = await watched();
  const shown = await api.call(admin, 'GET', `/v1/tenants/${tenant}/alerts/target`);
  expect(shown.body.url).toBe(`${address}/…`);
  expect((await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).text).not.toContain('receivers');
});

test.each([
  'http://example.com/',
  'https://user:password@example.com/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  '//example.com/hook',
  'example.com/hook',
  'https://',
])('%s is refused as an address', async (url) => {
  const { tenant } = await watched();
  const refused = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/alerts/target`, { url });
  expect([refused.status, refused.body.code]).toEqual([
    422,
    refused.body.code === 'INVALID_REQUEST' ? 'INVALID_REQUEST' : 'ALERT_ADDRESS',
  ]);
});

test.each([
  'https://127.0.0.1',
  'https://127.1',
  'https://0x7f000001',
  'https://2130706433',
  'https://0177.0.0.1',
  'https://localhost',
  'https://[::1]',
  'https://[::ffff:127.0.0.1]',
  'https://[::ffff:7f00:1]',
  'https://[64:ff9b::7f00:1]',
  'https://[2002:7f00:1::]',
  'https://0.0.0.0',
  'https://10.0.0.1',
  'https://172.16.0.1',
  'https://192.168.1.1',
  'https://169.254.169.254',
  'https://100.64.0.1',
  'https://[fd00::1]',
  'https://[fe80::1]',
])('nothing is sent to %s, whatever port is asked for', async (host) => {
  const { tenant } = await watched();
  const { port } = new URL(address);
  const put = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/alerts/target`, { url: `${host}:${port}/` });
  if (put.status !== 200) return;
  const tried = await api.call(admin, 'POST', `/v1/tenants/${tenant}/alerts/target/test`);
  expect(tried.body).toEqual({ delivered: false, error: 'PRIVATE_ADDRESS' });
  expect(receiver.received).toEqual([]);
});
