/** Every page of the console: accessible in both themes, without an error, with nothing from elsewhere, and readable on a phone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import { type ConsoleStack, openConsole } from './console-stack.ts';
import { inspect, settle } from './inspect.ts';

let opened: ConsoleStack;
let tenant: TestedTenant;
let cookies: { name: string; value: string; url: string }[];
let addresses: Record<string, string>;

const hostile = '<img src=x onerror=alert(1)><b>bold</b> "&\u202e';
/** An id that an address, a page and a stylesheet could each stumble over. */
const hostileId = '"<b>x</b>&?#/%20\'"@example.com';

/** Every path of the map, so that no page can be forgotten here. */
const paths = [
  ...readFileSync(path.join(import.meta.dirname, '../../console/routes.tsx'), 'utf8').matchAll(/path: '([^']+)'/g),
].map(([, found]) => found!);

beforeAll(async () => {
  opened = await openConsole();
  tenant = await testedTenant(opened.stack, { world: { contacts: 120, visitors: 130, companies: 10, accounts: 10 } });
  await tenant.ended(await tenant.start('visitor', 'preview'));
  const run = await tenant.ended(await tenant.start('visitor', 'enable'));
  const { id } = tenant;
  await opened.stack.api.patch(`/v1/tenants/${id}`, { name: hostile });
  const { records } = await opened.stack.api.get<{ records: { id: string }[] }>(
    `/v1/tenants/${id}/runs/${run.id}/records?leg=push&outcome=written&limit=1`,
  );
  const record = encodeURIComponent(records[0]!.id);
  const setup = Object.fromEntries(
    ['pendo', 'hubspot', 'match', 'pull', 'push', 'preview', 'enable'].map((step) => [
      `set-up, ${step}`,
      `/t/${id}/setup?step=${step}&object=visitor`,
    ]),
  );
  addresses = {
    fleet: '/fleet',
    attention: '/attention',
    home: '/',
    login: '/login',
    'signed in': '/signed-in',
    'all runs': '/runs',
    'all usage': '/usage',
    usage: `/t/${id}/usage`,
    versions: `/t/${id}/visitor/versions?version=1`,
    'record with a hostile id': `/t/${id}/visitor/records/pendo/${encodeURIComponent(hostileId)}`,
    'records with a hostile text': `/t/${id}/records?q=${encodeURIComponent(hostile)}`,
    tenant: `/t/${id}`,
    sync: `/t/${id}/visitor`,
    runs: `/t/${id}/runs`,
    run: `/t/${id}/runs/${run.id}`,
    records: `/t/${id}/records?q=${record}`,
    record: `/t/${id}/visitor/records/pendo/${record}`,
    connections: `/t/${id}/connections`,
    alerts: `/t/${id}/alerts`,
    settings: `/t/${id}/settings`,
    keys: '/keys',
    audit: '/audit',
    'not found': '/nothing/here',
    ...setup,
  };
  await using signedIn = await opened.browser.open({ allowed: /401/ });
  await signedIn.page.goto(await opened.link());
  await signedIn.page.getByRole('navigation').first().waitFor();
  cookies = (await signedIn.page.context().cookies()).map(({ name, value }) => ({
    name,
    value,
    url: opened.stack.apiUrl,
  }));
}, 180_000);
afterAll(() => opened.stop());

test('every page is accessible in both themes, shows no error, asks nobody else, and fits a phone', {
  timeout: 400_000,
}, async () => {
  const all: Record<string, string[]> = {};
  for (const [name, address] of Object.entries(addresses)) {
    // An alert target that was never set answers 404, which is an answer.
    await using tab = await opened.browser.open({ reducedMotion: 'reduce', allowed: /404/ });
    const { page } = tab;
    await page.context().addCookies(cookies);
    await page.goto(address);
    const found = await inspect(tab, name);
    if (
      (await page
        .locator('img[src=x]')
        .or(page.getByText('bold', { exact: true }))
        .count()) > 0
    )
      found.push('a name became markup');
    if (found.length > 0) all[name] = found;
  }
  expect(all).toEqual({});
});

test('every path of the console is among them', () => {
  const visited = Object.values(addresses).map((address) => address.split('?')[0]!);
  const isVisited = (one: string): boolean => {
    const form = new RegExp(`^${one.replace(/\$\w+/g, '[^/]+')}$`);
    return visited.some((address) => form.test(address));
  };
  expect(paths.length).toBeGreaterThan(18);
  expect(paths.filter((one) => !isVisited(one))).toEqual([]);
});

test("a vendor's text never becomes markup", async () => {
  await using tab = await opened.browser.open({ allowed: /404/ });
  await tab.page.context().addCookies(cookies);
  await opened.stack.api.patch(`/v1/tenants/${tenant.id}`, { name: '<img src=x onerror=alert(1)><b>bold</b>' });
  await tab.page.goto(`/t/${tenant.id}`);
  await settle(tab.page);
  expect(await tab.page.getByRole('heading', { level: 1 }).textContent()).toBe(
    '<img src=x onerror=alert(1)><b>bold</b>',
  );
  // Nor does it turn the direction of what stands after it.
  await tab.page.goto('/audit');
  await tab.page.getByText('\\u202e').first().waitFor();
  expect(await tab.page.locator('#page').textContent()).not.toContain('\u202e');
  expect(tab.faults()).toEqual([]);
});

test('what a page shows first is asked for beside the session, and by nobody who is signed out', async () => {
  await using tab = await opened.browser.open();
  const { page } = tab;
  await page.context().addCookies(cookies);
  await page.goto('/fleet');
  await settle(page);
  // The session's answer comes only once the list was asked for: whoever waits for it first waits for ever.
  const asked = page.waitForRequest(/\/v1\/syncs\?/);
  await page.route('**/v1/session', async (route) => {
    await asked;
    await route.continue();
  });
  await page.goto('/fleet');
  await page.getByRole('table').getByRole('row').nth(1).waitFor();
  expect(tab.faults()).toEqual([]);

  await using stranger = await opened.browser.open({ allowed: /401/ });
  const paths: string[] = [];
  stranger.page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  await stranger.page.goto('/fleet');
  await stranger.page.getByLabel('API key').waitFor();
  expect(paths.filter((one) => one.startsWith('/v1/')).sort()).toEqual(['/v1/session', '/v1/session/ways']);
});

test('scripts are those of production, compressed once', async () => {
  await using tab = await opened.browser.open({ allowed: /401/ });
  const [script] = await Promise.all([
    tab.page.waitForResponse(/\/assets\/index-.+\.js$/),
    tab.page.goto('/fleet'),
  ]);
  expect(script.headers()['content-encoding']).toMatch(/^(gzip|br)$/);
  expect(script.headers()['cache-control']).toContain('immutable');
  expect(await script.text()).not.toContain('jsxDEV');
});
