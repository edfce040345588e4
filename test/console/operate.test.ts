/** What an operator looks at and looks after, in a browser: usage, alerts by e-mail, sign-in, and logins to share. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import { type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import { startIdentityProvider, type TestedProvider } from '../setup/identity-provider.ts';
import { linkIn, type MailServer, startMailServer } from '../setup/mail-server.ts';
import { type ConsoleStack, openConsole } from './console-stack.ts';
import { inspect, settle } from './inspect.ts';

let opened: ConsoleStack;
let tenant: TestedTenant;
/** The first of the tenant's visitors, which wrote. */
let first: RunView;
let mail: MailServer;
let provider: TestedProvider;
beforeAll(async () => {
  mail = await startMailServer();
  provider = await startIdentityProvider();
  opened = await openConsole({
    CROSSWALK_SMTP_URL: mail.url,
    CROSSWALK_MAIL_FROM: 'crosswalk@example.com',
    // The sandbox's app.
    HUBSPOT_CLIENT_ID: 'sandbox-client-id',
    HUBSPOT_CLIENT_SECRET: 'sandbox-client-secret',
    CROSSWALK_OIDC_ISSUER: provider.issuer,
    CROSSWALK_OIDC_CLIENT_ID: provider.clientId,
    CROSSWALK_OIDC_CLIENT_SECRET: provider.clientSecret,
    CROSSWALK_OIDC_NAME: 'Acme ID',
    CROSSWALK_OIDC_SCOPES: 'openid email groups',
    CROSSWALK_OIDC_RULES: JSON.stringify([
      { claim: 'groups', value: 'admins', scope: 'admin' },
      { claim: 'groups', value: 'acme', scope: 'operate', tenant: 'acme' },
    ]),
  });
  provider.serve(`${opened.stack.apiUrl}/v1/session/oidc/callback`);
  tenant = await testedTenant(opened.stack, {
    world: { world: 'acme', contacts: 60, visitors: 60, companies: 5, accounts: 5, tier: 190 },
  });
  first = await tenant.ended(await tenant.start('visitor', 'enable'));
}, 180_000);
afterAll(async () => {
  await opened.stop();
  await provider[Symbol.asyncDispose]();
  await mail[Symbol.asyncDispose]();
});

interface Usage {
  days: {
    vendor: string;
    calls: number;
    throttled: number;
    written: number;
    limit: number | null;
    used: number | null;
  }[];
}

test('usage counts every call, what the vendor refused, its own figures, and what runs have written', {
  timeout: 120_000,
}, async () => {
  const usage = async (vendor: string) => {
    const { days } = await opened.stack.api.get<Usage>(`${tenant.path}/usage`);
    return days.find((one) => one.vendor === vendor);
  };
  await expect.poll(async () => (await usage('hubspot'))?.written, { timeout: 15_000 }).toBeGreaterThan(0);
  await tenant.fault({ vendor: 'hubspot', kind: 'status', status: 429, count: 2 });
  const run = await tenant.ended(await tenant.start('visitor'));
  expect(run.state).toBe('succeeded');
  const made = (await tenant.log()).filter(({ vendor }) => vendor === 'hubspot').length;
  const written = (leg: 'pull' | 'push') =>
    (first.counts.legs?.[leg]?.written ?? 0) + (run.counts.legs?.[leg]?.written ?? 0);
  await expect
    .poll(() => usage('hubspot'), { timeout: 15_000 })
    .toMatchObject({
      calls: expect.any(Number),
      throttled: 2,
      written: written('push'),
      limit: expect.any(Number),
    });
  // A credential that is only tried is nobody's yet: those few calls are in the vendor's log alone.
  const hubspot = (await usage('hubspot'))!;
  expect(hubspot.calls).toBeLessThanOrEqual(made);
  expect(hubspot.calls).toBeGreaterThan(made - 12);
  const pendo = await usage('pendo');
  expect(pendo).toMatchObject({ throttled: 0, limit: null, written: written('pull') });
  const all = await opened.stack.api.get<{ tenants: { id: string; calls: number }[] }>('/v1/usage');
  expect(all.tenants).toMatchObject([{ id: tenant.id, calls: hubspot.calls + pendo!.calls }]);

  await using tab = await opened.browser.open({ allowed: /401/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto(`/t/${tenant.id}/usage`);
  await page.getByText(/HubSpot asked to slow down 2 times/).waitFor();
  await page.getByRole('table', { name: 'By day' }).waitFor();
  expect(await inspect(tab, 'usage')).toEqual([]);
  await page.goto('/usage?days=7');
  await page.getByRole('link', { name: tenant.name }).waitFor();
  expect(await inspect(tab, 'usage of all')).toEqual([]);
});

interface ServedPage extends AsyncDisposable {
  address: string;
}

async function startPage(body: string): Promise<ServedPage> {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** At the provider's own pages. */
async function logInAs(page: Page, person: string): Promise<void> {
  await page.getByRole('link', { name: 'Sign in with Acme ID' }).click();
  await page.locator('input[name=login]').fill(person);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}
const anyFault = /elsewhere|401|400|404|console/;

test('people sign in at their identity provider, come back to where they were, and may what their groups say', {
  timeout: 120_000,
}, async () => {
  await using tab = await opened.browser.open({ allowed: anyFault });
  const { page } = tab;
  await page.goto('/runs?state=failed');
  await page.getByLabel('API key').waitFor();
  expect(await inspect(tab, 'sign-in')).toEqual([]);
  await logInAs(page, 'admins@example.com');
  await page.getByRole('heading', { name: 'All runs' }).waitFor();
  expect(new URL(page.url()).search).toBe('?state=failed');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  expect(await page.getByRole('button', { name: 'Sign out' }).getAttribute('title')).toContain('admins@example.com');
  const { keys } = await opened.stack.api.get<{ keys: { id: string; name: string; scopes: string[] }[] }>('/v1/keys');
  const person = keys.find(({ name }) => name === 'admins@example.com')!;
  expect(person.scopes).toEqual(['admin']);
  const { entries } = await opened.stack.api.get<{ entries: { actor: string; action: string }[] }>('/v1/audit?limit=5');
  expect(entries).toContainEqual(expect.objectContaining({ action: 'session.started', actor: `key:${person.id}` }));

  await using colleague = await opened.browser.open({ allowed: anyFault });
  await colleague.page.goto('/');
  await logInAs(colleague.page, 'acme@example.com');
  await colleague.page.getByRole('heading', { name: tenant.name }).waitFor();
  expect(await colleague.page.getByRole('link', { name: 'Keys and sessions' }).count()).toBe(0);
  const who = await colleague.page.evaluate(async () => (await fetch('/v1/session')).json());
  expect(who).toMatchObject({ scopes: ['operate'], tenant: { id: tenant.id }, name: 'acme@example.com' });

  await using stranger = await opened.browser.open({ allowed: anyFault });
  await stranger.page.goto('/');
  await logInAs(stranger.page, 'others@example.com');
  await stranger.page.getByText('nothing here is open to you').waitFor();

  // Locked out for good: the next sign-in does not open it again.
  await opened.stack.api.delete(`/v1/keys/${person.id}`);
  await page.goto('/runs');
  await page.getByRole('link', { name: 'Sign in with Acme ID' }).click();
  await page.getByText('Your access to Crosswalk was revoked.').waitFor();
});

test('a session that ends in mid-edit: the identity provider opens in a window of its own, and the edit is still there', {
  timeout: 120_000,
}, async () => {
  await using tab = await opened.browser.open({ allowed: anyFault });
  const { page } = tab;
  await page.goto(`/t/${tenant.id}/setup?step=pull&object=visitor`);
  await logInAs(page, 'acme@example.com');
  await page.getByRole('searchbox', { name: 'Search properties' }).fill('lifecycle');
  const { sessions } = await opened.stack.api.get<{ sessions: { id: string }[] }>('/v1/sessions');
  for (const { id } of sessions) await opened.stack.api.delete(`/v1/sessions/${id}`);
  await page.getByRole('button', { name: 'Save and continue' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Your session has ended.').waitFor();
  const [popup] = await Promise.all([
    page.context().waitForEvent('page'),
    dialog.getByRole('button', { name: 'Sign in with Acme ID' }).click(),
  ]);
  // The provider still knows the person, and asks nothing.
  await dialog.waitFor({ state: 'hidden' });
  if (!popup.isClosed()) await popup.waitForEvent('close');
  expect(await page.getByRole('searchbox', { name: 'Search properties' }).inputValue()).toBe('lifecycle');
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.getByRole('checkbox', { name: /Last Visit/ }).waitFor();
});

test("a page of another origin can do nothing with somebody's session", { timeout: 120_000 }, async () => {
  await using evil = await startPage('<title>Elsewhere</title><h1>Elsewhere</h1>');
  await using tab = await opened.browser.open({ allowed: /./ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  const { name } = await opened.stack.api.get<{ name: string }>(tenant.path);
  // The same host, so that the browser itself has no reason to keep the cookie back, and another port.
  await page.goto(evil.address);
  const asked = await page.evaluate(
    async ([api, path]) => {
      const send = async (method: string, type: string) => {
        try {
          const reply = await fetch(`${api}${path}`, {
            method,
            credentials: 'include',
            mode: type === 'application/json' ? 'cors' : 'no-cors',
            headers: { 'content-type': type },
            ...(method === 'GET' ? {} : { body: JSON.stringify({ name: 'Taken over' }) }),
          });
          return `read: ${reply.type}`;
        } catch {
          return 'refused by the browser';
        }
      };
      return [
        await send('PATCH', 'application/json'),
        await send('POST', 'text/plain'),
        await fetch(`${api}/v1/session`, { credentials: 'include' }).then(
          () => 'read',
          () => 'refused by the browser',
        ),
      ];
    },
    [opened.stack.apiUrl, `${tenant.path}/syncs/visitor/pause`],
  );
  // The second one is sent, and the answer is kept from the page.
  expect(asked).toEqual(['refused by the browser', 'refused by the browser', 'refused by the browser']);
  await page.setContent(
    `<form method="post" enctype="text/plain" action="${opened.stack.apiUrl}${tenant.path}/syncs/visitor/pause"><button>Go</button></form>`,
  );
  const [answer] = await Promise.all([
    page.waitForResponse((reply) => reply.url().endsWith('/pause')),
    page.getByRole('button', { name: 'Go' }).click(),
  ]);
  expect([401, 403]).toContain(answer.status());
  expect(await tenant.sync('visitor')).toMatchObject({ state: 'enabled' });
  expect((await opened.stack.api.get<{ name: string }>(tenant.path)).name).toBe(name);
  // With a cookie that is sent all the same, what the browser says of the request is enough.
  const cookies = await page.context().cookies(opened.stack.apiUrl);
  const cookie = cookies.map((one) => `${one.name}=${one.value}`).join('; ');
  const forged = await fetch(`${opened.stack.apiUrl}${tenant.path}/syncs/visitor/pause`, {
    method: 'POST',
    headers: { cookie, origin: evil.address, 'content-type': 'text/plain' },
    body: '{}',
  });
  expect(forged.status).toBe(403);
});

test('a connection that has to be made again: found, and a link for whoever can log in there', {
  timeout: 120_000,
}, async () => {
  await tenant.fault({ vendor: 'hubspot', kind: 'revoked' });
  await tenant.ended(await tenant.start('visitor'));
  await using tab = await opened.browser.open({ allowed: /401/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto('/attention');
  await page.getByRole('link', { name: 'Connect again' }).first().click();
  await page.getByRole('heading', { name: 'Connections' }).waitFor();
  await page.getByRole('button', { name: 'Share a login link…' }).click();
  const link = page.getByLabel('Link to log in at HubSpot');
  await link.waitFor();
  expect(await inspect(tab, 'connection to make again')).toEqual([]);
  // Whoever gets it has no session here.
  await tenant.noFaults();
  await using colleague = await opened.browser.open({ allowed: /./ });
  await colleague.page.goto(await link.inputValue());
  await colleague.page.getByRole('link', { name: new RegExp(`^${tenant.name} `) }).click();
  // It is the account that was connected before: there is nothing to confirm.
  await colleague.page.getByRole('heading', { name: 'HubSpot is connected' }).waitFor();
  // The page of whoever made the link shows it by itself.
  await page.locator('section', { hasText: 'Make another link' }).getByText('Connected').waitFor();
});

test('a sign-in begun elsewhere, or told to go elsewhere, does neither', async () => {
  const at = `${opened.stack.apiUrl}/v1/session/oidc`;
  for (const [asked, kept] of [
    ['/runs?state=failed', '/runs?state=failed'],
    ['https://evil.example/', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/%2e%2e//evil.example', '/'],
    ['javascript:alert(1)', '/'],
  ]) {
    const reply = await fetch(`${at}?returnTo=${encodeURIComponent(asked!)}`, { redirect: 'manual' });
    expect(reply.headers.get('location')).toContain('code_challenge_method=S256');
    const cookie = reply.headers.get('set-cookie')!;
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/);
    const value = decodeURIComponent(/=([^;]*)/.exec(cookie)![1]!);
    expect([asked, JSON.parse(Buffer.from(value, 'base64url').toString()).returnTo]).toEqual([asked, kept]);
    // Another browser's answer: the state is not this one's.
    const forged = await fetch(`${at}/callback?code=x&state=y`, { headers: { cookie: cookie.split(';')[0]! } });
    expect(forged.status).toBe(400);
  }
  const bare = await fetch(`${at}/callback?code=x&state=y`);
  expect([bare.status, bare.headers.get('set-cookie')]).toEqual([400, expect.not.stringMatching(/^crosswalk=/)]);
});

test('a session that ends in mid-edit: the sign-in comes over the page, in each tab, and what was typed is still there', {
  timeout: 120_000,
}, async () => {
  await using tab = await opened.browser.open({ allowed: /401|404/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto(`/t/${tenant.id}/settings`);
  await page.getByLabel('Name').fill('Typed before the session ended');
  const other = await page.context().newPage();
  await other.goto(`/t/${tenant.id}/connections`);
  await settle(other);
  const { sessions } = await opened.stack.api.get<{ sessions: { id: string }[] }>('/v1/sessions');
  for (const { id } of sessions) await opened.stack.api.delete(`/v1/sessions/${id}`);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Your session has ended.').waitFor();
  await other.getByRole('button', { name: 'Test again' }).first().click();
  await other.getByRole('dialog').waitFor();
  expect(await inspect(tab, 'sign-in over a page')).toEqual([]);
  await dialog.getByLabel('API key').fill(opened.stack.key);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await other.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Name').inputValue()).toBe('Typed before the session ended');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await expect
    .poll(async () => (await opened.stack.api.get<{ name: string }>(tenant.path)).name)
    .toBe('Typed before the session ended');

  await page.goto(`/t/${tenant.id}/alerts`);
  await page.getByLabel('E-mail address').fill('ops@example.com');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText('not confirmed yet').waitFor();
  const asked = mail.mails.find(({ to }) => to.includes('ops@example.com'))!;
  await page.goto(linkIn(asked, 'confirm'));
  await page.getByRole('button', { name: 'Yes, send them' }).click();
  await page.getByRole('heading', { name: 'You will get alerts' }).waitFor();
  await page.goto(`/t/${tenant.id}/alerts`);
  await page.getByText('gets alerts', { exact: true }).waitFor();
  expect(await inspect(tab, 'alerts by mail')).toEqual([]);
  expect(tab.faults()).toEqual([]);
});
