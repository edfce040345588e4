/** A tenant's audit entries go to its own webhook: signed, each once, and to nobody who may not read the trail. */
import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queueAuditEntries } from '../../src/control/alerts/audit-feed.ts';
import { deliverAlerts } from '../../src/control/alerts/delivery.ts';
import { type Harness, startHarness } from './harness.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

let api: Harness;
let admin: string;
let receiver: WebhookReceiver;
let address: string;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  address = `${receiver.origin}/hook`;
  api = await startHarness({ alertOrigins: [receiver.origin] });
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

async function arrived(secret: string): Promise<Line[]> {
  receiver.received = [];
  // Messages are delivered side by side: their places in the chain say what comes after what.
  await queueAuditEntries(api.control);
  await deliverAlerts(api.control);
  const messages = receiver.received.map(({ headers, body }) =>
    new Webhook(secret).verify(body, headers as Record<string, string>),
  );
  return (messages as { type: string; entries: Line[] }[]).flatMap(({ type, entries }) =>
    type === 'audit' ? entries : [],
  );
}

test('what is recorded from then on arrives once, signed, and can be checked; a reader of alerts does not see it', async () => {
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'T' })).body.id as string;
  const at = `/v1/tenants/${tenant}`;
  const set = (more: object) => api.call(admin, 'PUT', `${at}/alerts/target`, { url: address, ...more });
  const { secret, auditEntries } = (await set({})).body;
  expect(auditEntries).toBe(false);
  expect(await arrived(secret)).toEqual([]);
  expect((await set({ auditEntries: true })).body.auditEntries).toBe(true);
  // What is left out stays as it is.
  expect((await set({ quietHours: 40 })).body.auditEntries).toBe(true);
  const settings = Object.fromEntries(Array.from({ length: 4 }, (_, n) => [`s${n}`, 'x'.repeat(900)]));
  for (let n = 0; n < 8; n++) await api.call(admin, 'PATCH', at, { settings: { ...settings, n } });
  const lines = (await arrived(secret)).sort((a, b) => a.seq - b.seq);
  expect(receiver.received.length).toBeGreaterThan(1);
  expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, n) => n + 3));
  for (const [n, { previous, hash, entry }] of lines.entries()) {
    expect(createHash('sha256').update(Buffer.from(previous, 'hex')).update(entry).digest('hex')).toBe(hash);
    if (n > 0) expect(previous).toBe(lines[n - 1]!.hash);
  }
  expect(lines.map(({ entry }) => JSON.parse(entry).action)).toContain('tenant.changed');
  expect(await arrived(secret)).toEqual([]);

  const reader = await api.key(['read'], tenant);
  const listed = await api.call(reader, 'GET', `${at}/alerts`);
  expect(listed.body.alerts[0]).toMatchObject({ type: 'audit', deliveredAt: expect.any(String) });
  expect(listed.text).not.toContain('tenant.changed');
  expect((await set({ auditEntries: false })).body.auditEntries).toBe(false);
  await api.call(admin, 'PATCH', at, { name: 'after' });
  expect(await arrived(secret)).toEqual([]);
});

test('a chat gets no entries, and a target that becomes one stops getting them', async () => {
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'T' })).body.id as string;
  const set = (more: object) =>
    api.call(admin, 'PUT', `/v1/tenants/${tenant}/alerts/target`, { url: address, ...more });
  const refused = await set({ kind: 'slack', auditEntries: true });
  expect(refused).toMatchObject({ status: 422, body: { code: 'AUDIT_NEEDS_WEBHOOK' } });
  await set({ auditEntries: true });
  expect((await set({ kind: 'slack' })).body.auditEntries).toBe(false);
});
