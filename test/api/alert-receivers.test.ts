/** Slack, Teams and Discord take what they are sent; what they answer is shown, and their addresses are secrets. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { kindOf } from '../../src/control/alert-address.ts';
import { checkAlerts } from '../../src/control/alert-check.ts';
import { deliverAlerts } from '../../src/control/alert-delivery.ts';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';

interface Taken {
  kind: string;
  body: Record<string, unknown>;
}

let api: Harness;
let admin: string;
let reader: (tenant: string) => Promise<string>;
let server: Server;
let address: string;
let taken: Taken[] = [];
/** Said instead of what the service says by itself. */
let answer: { status: number; body: string } | undefined;

/** What each service answers to a body, from their documentation; the first part of the path says which it is. */
const services: Record<string, (body: Record<string, unknown>) => { status: number; body: string }> = {
  slack: ({ text, ...rest }) => {
    if (typeof text !== 'string' || text === '') return { status: 400, body: 'no_text' };
    return Object.keys(rest).length > 0 ? { status: 400, body: 'invalid_payload' } : { status: 200, body: 'ok' };
  },
  discord: ({ content }) => {
    if (typeof content !== 'string' || content === '')
      return { status: 400, body: '{"message": "Cannot send an empty message", "code": 50006}' };
    return content.length > 2000
      ? { status: 400, body: '{"content": ["Must be 2000 or fewer in length."]}' }
      : { status: 204, body: '' };
  },
  teams: ({ type, attachments }) => {
    const [card] = (attachments ?? []) as { contentType: string; content: { type: string; body: unknown[] } }[];
    const good =
      card?.contentType === 'application/vnd.microsoft.card.adaptive' && card.content.type === 'AdaptiveCard';
    return type === 'message' && good && card.content.body.length > 0
      ? { status: 202, body: '' }
      : { status: 400, body: '{"error":{"code":"TriggerInputSchemaMismatch"}}' };
  },
  webhook: ({ tenantId }) => ({ status: typeof tenantId === 'string' ? 200 : 400, body: '' }),
};

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => {
      text += piece;
    });
    request.on('end', () => {
      const kind = request.url!.split('/')[1]!;
      const body = JSON.parse(text);
      const said = answer ?? services[kind]!(body);
      if (said.status < 300) taken.push({ kind, body });
      response.writeHead(said.status).end(said.status === 204 ? undefined : said.body);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  api = await startHarness({ alertOrigins: [address] });
  admin = await api.key(['admin']);
  reader = (tenant) => api.key(['read'], tenant);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  server.close();
});
beforeEach(() => {
  taken = [];
  answer = undefined;
});

const secret = 'T000-B111-s3cr3tOfTheReceiver';
const target = (tenant: string) => `/v1/tenants/${tenant}/alerts/target`;

/** A tenant whose visitor sync is on and has just failed. */
async function failing(kind: string, schedule = {}): Promise<string> {
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body.id as string;
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { joinKey: { property: 'email' }, schedule });
  await connectOnPaper(api.db, tenant);
  const put = await api.call(admin, 'PUT', target(tenant), { url: `${address}/${kind}/${secret}?key=${secret}`, kind });
  expect(put.status).toBe(200);
  await api.db.tenant(tenant, async (tx) => {
    await tx
      .updateTable('syncs')
      .set({ state: 'enabled', updated_at: new Date(api.control.clock()) })
      .execute();
    const reason = { code: 'X', message: 'Pendo refused <!channel> & @everyone.', fix: 'Look. '.repeat(600) };
    await tx
      .insertInto('runs')
      .values({
        tenant_id: tenant,
        object: 'visitor',
        trigger: 'daily',
        state: 'failed',
        epoch: 1,
        config: '{}',
        config_version: 1,
        reason: JSON.stringify(reason),
        closed_at: new Date(api.control.clock()),
      })
      .execute();
  });
  return tenant;
}

test.each(['slack', 'teams', 'discord', 'webhook'])('%s takes an alert and a test', async (kind) => {
  const tenant = await failing(kind);
  await checkAlerts(api.control, tenant);
  expect(await deliverAlerts(api.control)).toBe(1);
  expect(taken).toHaveLength(1);
  const text = JSON.stringify(taken[0]!.body);
  for (const part of ['failed', tenant, 'Pendo refused', 'Look.']) expect(text).toContain(part);
  const tried = await api.call(admin, 'POST', `${target(tenant)}/test`);
  expect(tried.body).toMatchObject({ delivered: true, error: null });
  const shown = await api.call(admin, 'GET', target(tenant));
  expect(shown.body).toMatchObject({ kind, lastDelivery: { delivered: true, status: tried.body.status } });
});

test('nobody is called by a text that somebody else wrote', async () => {
  for (const kind of ['slack', 'discord']) {
    await checkAlerts(api.control, await failing(kind));
    await deliverAlerts(api.control);
  }
  const [slack, discord] = ['slack', 'discord'].map((kind) => taken.find((one) => one.kind === kind)!.body);
  expect(slack!.text).not.toContain('<!channel>');
  expect(discord!.allowed_mentions).toEqual({ parse: [] });
});

test('what a receiver answers is kept with its status and first characters, without the secret of its address', async () => {
  const tenant = await failing('slack');
  answer = { status: 404, body: `no_service for /slack/${secret}\n${'x'.repeat(5000)}` };
  await checkAlerts(api.control, tenant);
  await deliverAlerts(api.control);
  const lastDelivery = { delivered: false, status: 404, error: 'answered 404' };
  const shown = await api.call(admin, 'GET', target(tenant));
  expect(shown.body.lastDelivery).toMatchObject(lastDelivery);
  expect(shown.body.lastDelivery.answer).toMatch(/^no_service for \/slack\/… x+$/);
  expect(shown.body.lastDelivery.answer.length).toBeLessThanOrEqual(200);
  const listed = await api.call(admin, 'GET', `/v1/tenants/${tenant}/alerts`);
  expect(listed.body.alerts[0].lastDelivery).toEqual(shown.body.lastDelivery);
});

test('a connector of Teams that answers 200 with a failure has not delivered', async () => {
  const tenant = await failing('teams');
  answer = {
    status: 200,
    body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429',
  };
  const tried = await api.call(admin, 'POST', `${target(tenant)}/test`);
  expect(tried.body).toMatchObject({ delivered: false, status: 200 });
});

test('the secret in an address is shown to nobody: not by the API, in the audit trail, or in the log', async () => {
  const tenant = await failing('slack');
  answer = { status: 500, body: secret };
  await api.call(admin, 'POST', `${target(tenant)}/test`);
  const key = await reader(tenant);
  const texts = [
    await api.call(key, 'GET', target(tenant)),
    await api.call(admin, 'GET', target(tenant)),
    await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`),
    await api.call(key, 'GET', `/v1/tenants/${tenant}/alerts`),
  ].map(({ text }) => text);
  await api.call(admin, 'DELETE', target(tenant));
  texts.push((await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).text, ...api.logged);
  for (const text of texts) expect(text).not.toContain(secret);
  expect(texts[0]).toContain(`${address}/…`);
});

test('two addresses of one host are told apart though neither is shown', async () => {
  const tenant = await failing('slack');
  const one = (await api.call(admin, 'GET', target(tenant))).body.fingerprint;
  const other = await api.call(admin, 'PUT', target(tenant), { url: `${address}/slack/other` });
  expect(other.body.fingerprint).not.toBe(one);
});

test.each([
  ['https://hooks.slack.com/services/T00/B00/xyz', 'slack'],
  ['https://discord.com/api/webhooks/123/a-b_c', 'discord'],
  ['https://discord.com/api/v10/webhooks/123/a-b_c', 'discord'],
  ['https://discord.com/api/webhooks/123/abc/slack', 'slack'],
  ['https://acme.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4', 'teams'],
  ['https://prod-01.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?sig=x', 'teams'],
  ['https://default1.00.environment.api.powerplatform.com:443/powerautomate/x?sig=y', 'teams'],
  ['https://alerts.acme.com/slack', 'webhook'],
])('%s is a receiver of kind %s', async (url, kind) => {
  expect(kindOf(url, null)).toBe(kind);
  const { id } = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body;
  expect(await api.call(admin, 'PUT', target(id), { url })).toMatchObject({ status: 200, body: { kind } });
  expect(await api.call(admin, 'PUT', target(id), { url, kind: 'webhook' })).toMatchObject({
    body: { kind: 'webhook' },
  });
});

test.each([
  'https://localhost/hook',
  'https://127.0.0.1/hook',
  'https://[::1]/hook',
  'https://2130706433/hook',
  'https://10.1.2.3/hook',
  'https://169.254.169.254/latest',
  'https://crosswalk/hook',
  'https://alerts.internal/hook',
  'https://printer.local/hook',
  'https://nowhere.invalid/hook',
  'https://hooks.slack.com/',
  'https://hooks.slack.com/services/T00',
  'https://acme.slack.com/archives/C00',
  'https://discord.com/channels/1/2',
  'https://discord.com/api/webhooks/123',
  'https://teams.microsoft.com/l/channel/x',
  'https://acme.webhook.office.com/',
])('%s can never work, and is refused with what to send instead', async (url) => {
  const { id } = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body;
  const refused = await api.call(admin, 'PUT', target(id), { url });
  expect(refused).toMatchObject({ status: 422, body: { code: 'ALERT_ADDRESS', fields: [{ path: 'url' }] } });
  expect(refused.body.fix.length).toBeGreaterThan(20);
});

test('a weekly sync is quiet only when its week has passed, and one of weekdays only after the weekend', async () => {
  const hour = 3_600_000;
  const succeeded = async (schedule: object) => {
    const tenant = await failing('webhook', schedule);
    await api.db.tenant(tenant, (tx) => tx.updateTable('runs').set({ state: 'succeeded' }).execute());
    expect(await checkAlerts(api.control, tenant)).toEqual([]);
    return tenant;
  };
  const [daily, weekdays, weekly] = [
    await succeeded({ cron: '0 3 * * *' }),
    await succeeded({ cron: '0 3 * * 1-5' }),
    await succeeded({ cron: '@weekly' }),
  ];
  const quiet = async () => {
    const raised = await Promise.all([daily, weekdays, weekly].map((tenant) => checkAlerts(api.control, tenant)));
    return raised.map(([alert]) => alert?.type);
  };
  api.pass(37 * hour);
  expect(await quiet()).toEqual(['quiet', undefined, undefined]);
  api.pass(50 * hour);
  expect(await quiet()).toEqual([undefined, 'quiet', undefined]);
  api.pass(95 * hour);
  expect(await quiet()).toEqual([undefined, undefined, 'quiet']);
});
