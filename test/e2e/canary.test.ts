/**
 * Both vendors repeat every request, its credentials among it, in every text, code, header and unknown member of every answer. What
 * was planted is searched for wherever something is kept or shown: database, answers, log, Temporal, metrics, alerts, files.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitForRun } from '../../demo/runs.ts';
import { type Stack, startStack } from '../../demo/stack.ts';
import type { Fault, World } from '../../sandbox/contract.ts';
import { queueAuditEntries } from '../../src/control/alerts/audit-feed.ts';
import { deliverAlerts } from '../../src/control/alerts/delivery.ts';
import { deliverAlertMails } from '../../src/control/alerts/mail-delivery.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { addressOf, operationsIn } from '../api/operations.ts';
import { dumpDatabase, findIn, type Places, readFolder } from '../setup/canaries.ts';
import { linkIn, type MailServer, startMailServer } from '../setup/mail-server.ts';
import { workflowBundle } from '../setup/temporal.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';

const clientSecret = 'sandbox-client-secret';
const smtpPassword = 'canary-of-the-mail-server';
const hookPath = '/hook/canary-path-of-the-webhook';

let folder: string;
let stack: Stack;
let mail: MailServer;
let hook: Server;
const received: string[] = [];
const logged: string[] = [];
const answers: string[] = [];
const secrets: Record<string, string> = { 'the client secret': clientSecret, 'the mail password': smtpPassword };

beforeAll(async () => {
  mail = await startMailServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) => done(null, { user: password ?? 'nobody' }),
  });
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      received.push(JSON.stringify(request.headers), body);
      // A receiver may repeat what it is called with, too.
      response.writeHead(500).end(`${request.url} ${JSON.stringify(request.headers)}`);
    });
  });
  await new Promise<void>((ready) => hook.listen(0, '127.0.0.1', ready));
  folder = await mkdtemp(path.join(tmpdir(), 'crosswalk-canary-'));
  // PostgreSQL may run as a user of its own.
  await chmod(folder, 0o711);
  stack = await startStack({
    dataDir: folder,
    now: Date.UTC(2026, 5, 15, 16),
    limits: { perSecond: 1000, burst: 10_000, failuresPerMinute: 30 },
    log: createLog({ level: 'debug', write: (line) => void logged.push(line) }),
    worker: { workflowBundle: workflowBundle(), sweepMs: 500, graceMs: 2000 },
    settings: {
      HUBSPOT_CLIENT_ID: 'sandbox-client-id',
      HUBSPOT_CLIENT_SECRET: clientSecret,
      CROSSWALK_ALERT_ORIGINS: `http://127.0.0.1:${(hook.address() as AddressInfo).port}`,
      CROSSWALK_SMTP_URL: mail.url.replace('smtp://', `smtp://crosswalk:${smtpPassword}@`),
      CROSSWALK_MAIL_FROM: 'crosswalk@example.com',
    },
  });
  secrets['the bootstrap key'] = stack.key;
  secrets['the encryption key'] = stack.env.CROSSWALK_ENCRYPTION_KEY!;
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await mail?.[Symbol.asyncDispose]();
  hook?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** As whoever has the bootstrap key; what is answered is searched. Refusals are answers as well. */
async function ask(method: string, at: string, body?: object): Promise<{ status: number; text: string }> {
  const response = await fetch(stack.apiUrl + at, {
    method,
    headers: { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  answers.push(`${method} ${at} ${JSON.stringify([...response.headers])}`, text);
  return { status: response.status, text };
}

const everywhere = (fault: Omit<Fault, 'vendor'>) =>
  Promise.all(
    (['hubspot', 'pendo'] as const).map((vendor) =>
      fetch(`${stack.sandbox.adminUrl}/admin/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ vendor, ...fault }),
      }),
    ),
  );
async function onlyQuoting(): Promise<void> {
  await fetch(`${stack.sandbox.adminUrl}/admin/faults`, { method: 'DELETE' });
  await everywhere({ kind: 'quote' });
}

/** A login in a browser; the code and both tokens are planted. The second time, nothing is asked. */
async function logIn(tenant: string, { portalId }: World, which: string): Promise<void> {
  await fetch(`${stack.sandbox.adminUrl}/admin/faults`, { method: 'DELETE' });
  let cookie = '';
  const visit = async (url: string, form?: Record<string, string>): Promise<Response> => {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return answer;
  };
  const started = await stack.api.post<{ url: string }>(`/v1/tenants/${tenant}/connections/hubspot/oauth`);
  const atHubSpot = new URL((await visit(started.url)).headers.get('location')!);
  atHubSpot.searchParams.set('portal', String(portalId));
  // Quoting faults would change where this page leads to; it is HubSpot's own browser part.
  const back = new URL((await fetch(atHubSpot, { redirect: 'manual' })).headers.get('location')!);
  secrets[`the code of the ${which} login`] = back.searchParams.get('code')!;
  await onlyQuoting();
  const page = await (await visit(String(back))).text();
  const token = /name="token" value="([^"]+)"/.exec(page)?.[1];
  answers.push(page);
  if (token) answers.push(await (await visit(`${stack.apiUrl}/v1/oauth/hubspot/confirm`, { token })).text());
  expect(answers.at(-1)).toContain('HubSpot is connected');
  await plantTokens(tenant, which);
}

async function plantTokens(tenant: string, which: string): Promise<void> {
  const { db, vault } = stack.services.control;
  const stored = await db.tenant(tenant, (tx) => vault.get(tx, tenant, 'hubspot.oauth'));
  const { accessToken, refreshToken } = JSON.parse(stored!.reveal());
  secrets[`the ${which} access token`] = accessToken;
  secrets[`the ${which} refresh token`] = refreshToken;
}

/** Everything that a person or a program may have from the API. */
async function askEverything(tenant: TestedTenant): Promise<void> {
  const { body } = { body: JSON.parse((await ask('GET', '/openapi.json')).text) };
  const list = JSON.parse((await ask('GET', `${tenant.path}/runs`)).text);
  const { contacts } = await tenant.seen();
  for (const object of ['visitor', 'account']) {
    for (const { id } of list.runs.filter((run: { object: string }) => run.object === object)) {
      const ids = { tenant: tenant.id, tenantId: tenant.id, object, run: id, recordId: contacts[0]!.id };
      for (const operation of operationsIn(body).filter(({ method }) => method === 'GET'))
        await ask('GET', addressOf(operation, ids));
    }
  }
}

/** Refusals of every kind, and answers that are none of the vendor's, to what the API asks and to a run. */
async function meetRefusals(tenant: TestedTenant): Promise<void> {
  const quoting = { 'content-type': 'text/html', location: '/x?{{header:authorization}}' };
  const kinds: Omit<Fault, 'vendor'>[] = [
    ...[400, 401, 403, 404, 429, 500, 502].map((status) => ({
      kind: 'status' as const,
      status,
      retryAfter: 1,
    })),
    { kind: 'answerWith', status: 302, headers: quoting, body: '<html>{{headers}}</html>' },
    { kind: 'answerWith', status: 200, headers: { 'content-type': 'text/plain' }, body: '{{headers}}' },
    {
      kind: 'answerWith',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"error":"{{headers}}"}',
    },
    { kind: 'answerWith', status: 400, headers: { 'content-type': 'application/json' }, body: '"{{headers}}"' },
    { kind: 'truncate' },
  ];
  for (const kind of kinds) {
    await onlyQuoting();
    await everywhere(kind);
    await Promise.all([
      ...['hubspot', 'pendo'].map((vendor) => ask('POST', `${tenant.path}/connections/${vendor}/test`)),
      ask('GET', `${tenant.path}/catalogue/visitor/hubspot-properties`),
      ask('GET', `${tenant.path}/catalogue/visitor/pendo-fields`),
      ask('POST', `${tenant.path}/assumptions/verify`),
    ]);
  }
  await onlyQuoting();
  await reconnect(tenant);
}

async function reconnect({ path: at, world }: TestedTenant): Promise<void> {
  const { connections } = await stack.api.get<{ connections: { vendor: string; kind: string }[] }>(`${at}/connections`);
  const isToken = connections.find(({ vendor }) => vendor === 'hubspot')?.kind === 'token';
  if (isToken) await stack.api.put(`${at}/connections/hubspot`, { token: world.hubspotToken });
  await stack.api.put(`${at}/connections/pendo`, { key: world.pendoKey, zone: world.zone });
  for (const object of ['visitor', 'account']) await ask('POST', `${at}/syncs/${object}/resume`);
}

/** Runs whose writes and reads are refused row by row, batch by batch, and as a whole. */
async function runWithRefusals(tenant: TestedTenant): Promise<string[]> {
  const states: string[] = [];
  const refused: Omit<Fault, 'vendor'>[] = [
    { kind: 'status', status: 400, route: '(batch/(update|upsert|create)|/value)$' },
    { kind: 'status', status: 403, route: '(batch/(update|upsert|create)|/value)$' },
    { kind: 'status', status: 400, route: '(GET .*/objects/|aggregation)' },
    { kind: 'status', status: 401, route: '(GET .*/objects/|aggregation)' },
  ];
  for (const fault of [undefined, ...refused]) {
    await onlyQuoting();
    if (fault) await everywhere(fault);
    const started = await tenant.start('visitor').catch(() => undefined);
    if (started) {
      // What is not refused for good is waited out: that, too, is said somewhere.
      await waitForRun(stack.api, tenant.id, started.id, undefined, 8_000).catch(() => undefined);
      await ask('GET', `${tenant.path}/runs/${started.id}`);
      await onlyQuoting();
      await ask('POST', `${tenant.path}/runs/${started.id}/cancel`);
      states.push((await tenant.ended(started)).state);
    }
    await onlyQuoting();
    await reconnect(tenant);
    // Something is owed again.
    await tenant.nextDay(0.3, states.length);
  }
  return states;
}

/** Text of every history, of what the list of workflows shows, and of the schedules. */
async function readTemporal(): Promise<string> {
  const { client } = stack.services;
  const texts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'data' && typeof inner === 'string') texts.push(Buffer.from(inner, 'base64').toString('utf8'));
      walk(inner);
    }
  };
  let count = 0;
  for await (const { workflowId, runId, memo, searchAttributes } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const json = historyToJSON(await handle.fetchHistory());
    texts.push(json, JSON.stringify([workflowId, memo, searchAttributes]));
    texts.push(JSON.stringify((await handle.describe()).raw));
    walk(JSON.parse(json));
    count += 1;
  }
  for await (const schedule of client.schedule.list()) texts.push(JSON.stringify(schedule));
  expect(count).toBeGreaterThan(5);
  return texts.join('\n');
}

test('what both vendors repeat of a request is kept nowhere and shown nowhere', { timeout: 600_000 }, async () => {
  const { control } = stack.services;
  const sized = { contacts: 40, visitors: 40, companies: 8, accounts: 8 };
  const byToken = await testedTenant(stack, { world: sized });
  await everywhere({ kind: 'quote' });
  const tenants = [byToken];
  tenants.push(
    await testedTenant(stack, {
      world: { ...sized, seed: 8 },
      connectHubSpot: (tenant, world) => logIn(tenant, world, 'first'),
    }),
  );
  for (const [n, tenant] of tenants.entries()) {
    secrets[`HubSpot token ${n}`] = tenant.world.hubspotToken;
    secrets[`Pendo key ${n}`] = tenant.world.pendoKey;
    const origin = stack.env.CROSSWALK_ALERT_ORIGINS;
    const target = { url: `${origin}${hookPath}-${n}`, auditEntries: true };
    secrets[`signing secret ${n}`] = (
      await stack.api.put<{ secret: string }>(`${tenant.path}/alerts/target`, target)
    ).secret;
    secrets[`webhook path ${n}`] = `canary-path-of-the-webhook-${n}`;
    await stack.api.post(`${tenant.path}/alerts/recipients`, { email: `ops${n}@example.com` });
    const { searchParams } = new URL(linkIn(mail.mails.at(-1)!, 'confirm'));
    await fetch(`${stack.apiUrl}/v1/alerts/confirm`, { method: 'POST', body: searchParams });
    await onlyQuoting();
    // With the scopes that the mapping needs.
    if (n === 1) await logIn(tenant.id, tenant.world, 'second');
    for (const object of ['visitor', 'account'] as const) await tenant.ended(await tenant.start(object, 'enable'));
    if (n === 0) expect(await runWithRefusals(tenant)).toEqual(expect.arrayContaining(['degraded', 'failed']));
    else await meetRefusals(tenant);
  }
  // A login whose token is renewed, refused, and taken back.
  const { id } = tenants[1]!;
  for (const status of [500, 403, 401, 400, 302]) {
    await onlyQuoting();
    await everywhere({ kind: 'status', status, route: '/oauth/' });
    await stack.setClock(control.clock() + 3_600_000);
    await ask('POST', `/v1/tenants/${id}/connections/hubspot/test`);
  }
  await onlyQuoting();
  await ask('POST', `/v1/tenants/${id}/connections/hubspot/test`);
  await plantTokens(id, 'last');

  for (let round = 0; round < 3; round++) {
    await queueAuditEntries(control);
    await deliverAlerts(control);
    await deliverAlertMails(control);
    await stack.setClock(control.clock() + 60_000);
  }
  for (const tenant of tenants) await askEverything(tenant);
  await ask('DELETE', `/v1/tenants/${id}/connections/hubspot`);

  const database = await dumpDatabase(stack.databaseUrl);
  const temporal = await readTemporal();
  const shown: Places = {
    answers: answers.join('\n'),
    log: logged.join('\n'),
    Temporal: temporal,
    'webhooks and alerts': received.join('\n'),
    mails: mail.mails.map(({ raw }) => raw).join('\n'),
  };
  // It was all there to be found: this much was quoted, and this much is kept of it.
  expect(database['deliveries.reason'] + database['outcomes.reason']! + database['runs.reason']!).toContain(
    '[credential]',
  );
  expect(shown.answers).toContain('[credential]');
  expect(received.length).toBeGreaterThan(4);
  expect(mail.mails.length).toBeGreaterThan(1);
  await stack.services.control.db.pool.query('checkpoint').catch(() => undefined);
  const files = await readFolder(folder);
  expect(Object.keys(files).length).toBeGreaterThan(100);
  expect(Object.values(files).some((text) => text.includes('[credential]'))).toBe(true);
  // Addresses of webhooks are shown to nobody, and kept as they are.
  const sealed = Object.fromEntries(Object.entries(secrets).filter(([what]) => !what.startsWith('webhook path')));
  expect([...findIn(shown, secrets), ...findIn({ ...database, ...files }, sealed)]).toEqual([]);
});
