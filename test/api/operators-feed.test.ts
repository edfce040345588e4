/** The deployment's own audit entries go to the operator's webhook: signed, in order, until they have arrived, each chain apart. */
import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendToOperator } from '../../src/control/audit/operators-feed.ts';
import { type Harness, startHarness } from './harness.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const secret = `whsec_${Buffer.alloc(32, 'crosswalk').toString('base64')}`;
let receiver: WebhookReceiver;
let api: Harness;
let admin: string;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  api = await startHarness({ auditWebhook: { url: `${receiver.origin}/hook`, secret } });
  admin = await api.key(['admin']);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  receiver.close();
});

interface Line {
  seq: number;
  previous: string;
  hash: string;
  entry: string;
}

async function arrived(): Promise<Line[]> {
  receiver.received = [];
  await sendToOperator(api.control);
  return receiver.received.flatMap(({ headers, body }) => {
    const message = new Webhook(secret).verify(body, headers as Record<string, string>);
    return (message as { entries: Line[] }).entries;
  });
}
const act = (name: string) => api.call(admin, 'POST', '/v1/keys', { name, scopes: ['read'] });
const actions = (lines: Line[]) => lines.map(({ entry }) => JSON.parse(entry).action);
async function waiting(): Promise<number> {
  const { text } = await api.call(admin, 'GET', '/v1/metrics');
  return Number(/^crosswalk_audit_webhook_waiting (\d+)$/m.exec(text)?.[1]);
}

test('what is recorded from then on arrives once, signed and in order; a tenant’s own entries do not', async () => {
  expect(await arrived()).toEqual([]);
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'T' })).body.id as string;
  await api.call(admin, 'PATCH', `/v1/tenants/${tenant}`, { name: 'U' });
  for (let n = 0; n < 60; n++) await act(`key ${n}`);
  const lines = await arrived();
  expect(receiver.received.length).toBeGreaterThan(1);
  expect(actions(lines)).toEqual(Array(60).fill('key.created'));
  for (const [n, { previous, hash, entry }] of lines.entries()) {
    expect(createHash('sha256').update(Buffer.from(previous, 'hex')).update(entry).digest('hex')).toBe(hash);
    if (n > 0) expect(previous).toBe(lines[n - 1]!.hash);
  }
  expect(await arrived()).toEqual([]);
  expect(await waiting()).toBe(0);
});

test('what is refused is sent again, later, and holds back what comes after it', async () => {
  receiver.status = 503;
  await act('first');
  expect(actions(await arrived())).toEqual(['key.created']);
  const { 'webhook-id': id } = receiver.received[0]!.headers;
  await act('second');
  // Not at once: a receiver that is down is left alone for a while.
  expect(await arrived()).toEqual([]);
  expect(await waiting()).toBe(2);
  expect(api.logged.at(-1)).toContain('answered 503');
  receiver.status = 200;
  api.pass(11_000);
  expect(actions(await arrived())).toEqual(['key.created', 'key.created']);
  expect(receiver.received[0]!.headers['webhook-id']).toMatch(/^msg_deployment_\d+_\d+$/);
  expect(id).toMatch(/^msg_deployment_\d+_\d+$/);
  expect(await waiting()).toBe(0);
});

test('several processes send each entry once', async () => {
  for (let n = 0; n < 5; n++) await act(`more ${n}`);
  receiver.received = [];
  await Promise.all(Array.from({ length: 5 }, () => sendToOperator(api.control)));
  const seqs = receiver.received.flatMap(({ body }) => (JSON.parse(body).entries as Line[]).map(({ seq }) => seq));
  expect(seqs.length).toBe(5);
  expect(new Set(seqs).size).toBe(5);
});

test('an address that redirects is not followed, and the way to it is not open to tenants', async () => {
  receiver.status = 302;
  await act('redirected');
  api.pass(61_000);
  await arrived();
  expect(api.logged.at(-1)).toMatch(/REDIRECT/);
  receiver.status = 200;
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'V' })).body.id as string;
  const url = `${new URL(`http://${receiver.received[0]!.headers.host}`).origin}/hook`;
  expect((await api.call(admin, 'PUT', `/v1/tenants/${tenant}/alerts/target`, { url })).body.code).toBe(
    'ALERT_ADDRESS',
  );
});
