/** Connecting HubSpot by login: what works, and every way in which it must not. */
import { expect, test } from 'vitest';
import type { World } from '../../sandbox/contract.ts';
import { createApp } from '../../src/api/app.ts';
import { endAbandonedLogins } from '../../src/control/connections/login-states.ts';
import { createVendors } from '../../src/control/connections/vendors.ts';
import { openDatabase } from '../../src/db/index.ts';
import { createGuardedFetch } from '../../src/egress/index.ts';
import { VendorError } from '../../src/sync/vendor-error.ts';
import { Secret } from '../../src/vault/index.ts';
import type { Answer } from './harness.ts';
import { startWithVendors } from './with-vendors.ts';

const { vendors, api, admin, newTenant } = await startWithVendors();

/** A browser with one cookie jar. */
function openBrowser() {
  let cookie = '';
  const visit = async (path: string, form?: Record<string, string>): Promise<Answer> => {
    const response = await api.app.request(path, {
      headers: { cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
      ...(form && { method: 'POST', body: new URLSearchParams(form).toString() }),
    });
    const set = response.headers.get('set-cookie');
    if (set !== null) cookie = set.split(';')[0]!;
    return { status: response.status, body: undefined, text: await response.text(), headers: response.headers };
  };
  return { visit, cookie: () => cookie };
}
type Browser = ReturnType<typeof openBrowser>;

async function start(tenant: string, more: object = {}): Promise<{ url: string; scopes: string[] }> {
  const started = await api.call(admin, 'POST', `/v1/tenants/${tenant}/connections/hubspot/oauth`, more);
  expect(started.status).toBe(200);
  return started.body;
}
const pathOf = (url: string) => url.replace('http://crosswalk.test', '');

/** Through HubSpot's page; @returns the path of the callback with its code. */
async function logIn(browser: Browser, url: string, portal: number | string): Promise<string> {
  const begun = await browser.visit(pathOf(url));
  expect(begun.status).toBe(302);
  const atHubSpot = new URL(begun.headers.get('location')!);
  atHubSpot.searchParams.set('portal', String(portal));
  const back = await fetch(atHubSpot, { redirect: 'manual' });
  return pathOf(back.headers.get('location')!);
}
const tokenIn = (page: Answer) => /name="token" value="([^"]+)"/.exec(page.text)?.[1];
const connection = async (tenant: string) =>
  (await api.call(admin, 'GET', `/v1/tenants/${tenant}/connections`)).body.connections[0];

async function connected(world: World): Promise<string> {
  const tenant = await newTenant('Acme <b>');
  const browser = openBrowser();
  const page = await browser.visit(await logIn(browser, (await start(tenant)).url, world.portalId));
  const done = await browser.visit('/v1/oauth/hubspot/confirm', { token: tokenIn(page)! });
  expect(done.status).toBe(200);
  return tenant;
}

test('a login connects after the account was shown and confirmed, and no token is in any page', async () => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const browser = openBrowser();
  const page = await browser.visit(await logIn(browser, (await start(tenant)).url, world.portalId));
  expect(page.status).toBe(200);
  expect(page.text).toContain(String(world.portalId));
  expect(page.text).toContain('Acme &lt;b&gt;');
  expect(page.text).not.toContain('<b>');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  // The console waits for the window that it opened.
  expect(page.headers.get('cross-origin-opener-policy')).toBe('unsafe-none');
  expect(await connection(tenant)).toBeUndefined();
  const done = await browser.visit('/v1/oauth/hubspot/confirm', { token: tokenIn(page)! });
  expect(done.text).toContain('window.close()');
  expect(await connection(tenant)).toMatchObject({
    kind: 'oauth',
    state: 'ok',
    identity: { portalId: String(world.portalId) },
  });
  const stored = await api.db.tenant(tenant, (tx) => api.vault.get(tx, tenant, 'hubspot.oauth'));
  const { accessToken, refreshToken } = JSON.parse(stored!.reveal());
  for (const text of [page.text, done.text, JSON.stringify(await connection(tenant)), api.logged.join()]) {
    expect(text).not.toContain(accessToken);
    expect(text).not.toContain(refreshToken);
  }
  const secrets = await api.db.tenant(tenant, (tx) => tx.selectFrom('secrets').select('name').execute());
  expect(secrets).toEqual([{ name: 'hubspot.oauth' }]);
});

test('scopes are those that the mapping needs', async () => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const reads = ['crm.objects.companies.read', 'crm.objects.contacts.read', 'oauth'];
  expect((await start(tenant)).scopes).toEqual(reads);
  const put = (object: string, config: object) =>
    api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/${object}`, config);
  await put('visitor', { joinKey: { property: 'email' }, pull: [{ property: 'jobtitle' }] });
  expect((await start(tenant)).scopes).toEqual(['crm.objects.contacts.read', 'oauth']);
  await put('visitor', { joinKey: { property: 'email' }, push: [{ metric: 'lastVisit' }] });
  const { url, scopes } = await start(tenant);
  expect(scopes).toEqual([
    'crm.objects.contacts.read',
    'crm.objects.contacts.write',
    'crm.schemas.contacts.write',
    'oauth',
  ]);
  const begun = await openBrowser().visit(pathOf(url));
  const asked = new URL(begun.headers.get('location')!).searchParams;
  expect(asked.get('scope')?.split(' ').sort()).toEqual(scopes);
  expect(asked.get('code_challenge_method')).toBe('S256');
  expect(world.portalId).toBeGreaterThan(0);
});

test('the same account again reconnects without a question, and resumes what had stopped', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const browser = openBrowser();
  const page = await browser.visit(await logIn(browser, (await start(tenant)).url, world.portalId));
  expect(page.text).toContain('HubSpot is connected');
});

test('another account than the tenant has is refused, also when it was confirmed somewhere else', async () => {
  const [one, other] = [await vendors.world(), await vendors.world()];
  const tenant = await connected(one);
  const browser = openBrowser();
  const page = await browser.visit(await logIn(browser, (await start(tenant)).url, other.portalId));
  expect(page).toMatchObject({ status: 400 });
  expect(page.text).toContain(String(one.portalId));
  expect((await connection(tenant)).identity.portalId).toBe(String(one.portalId));
  expect(await vendors.calls(other, 'oauthRevoke')).toBe(1);
  const swap = openBrowser();
  const asked = await swap.visit(
    await logIn(swap, (await start(tenant, { allowPortalSwap: true })).url, other.portalId),
  );
  await api.db.tenant(tenant, (tx) =>
    tx
      .insertInto('sent_values')
      .values({ tenant_id: tenant, object: 'visitor', leg: 'push', hubspot_id: '7', pendo_id: 'a@x.com', fields: '{}' })
      .execute(),
  );
  const epoch = async () =>
    (await api.db.owner.selectFrom('tenants').select('epoch').where('id', '=', tenant).executeTakeFirst())?.epoch ?? 0;
  const before = await epoch();
  await swap.visit('/v1/oauth/hubspot/confirm', { token: tokenIn(asked)! });
  expect((await connection(tenant)).identity.portalId).toBe(String(other.portalId));
  // Ids of one account mean somebody else in another: no run that knows them goes on, and none are remembered.
  expect(await epoch()).toBe(before + 1);
  expect(await api.db.tenant(tenant, (tx) => tx.selectFrom('sent_values').selectAll().execute())).toEqual([]);
});

test('a named account narrows what can be connected, and is confirmed all the same', async () => {
  const [one, other] = [await vendors.world(), await vendors.world()];
  const tenant = await newTenant('Acme <b>');
  const wrong = openBrowser();
  const more = { portalId: String(one.portalId) };
  expect((await wrong.visit(await logIn(wrong, (await start(tenant, more)).url, other.portalId))).status).toBe(400);
  expect(await connection(tenant)).toBeUndefined();
  expect(await vendors.calls(other, 'oauthRevoke')).toBe(1);
  const right = openBrowser();
  // Whoever lures somebody knows the number of their account: it is public.
  const page = await right.visit(await logIn(right, (await start(tenant, more)).url, one.portalId));
  expect(page.text).toContain('Is this the right account?');
  expect(await connection(tenant)).toBeUndefined();
  await right.visit('/v1/oauth/hubspot/confirm', { token: tokenIn(page)! });
  expect((await connection(tenant)).identity.portalId).toBe(String(one.portalId));
});

test('an account that another tenant has is not known to this one, whether named or not', async () => {
  const world = await vendors.world();
  await connected(world);
  for (const more of [{}, { portalId: String(world.portalId) }, { allowPortalSwap: true }]) {
    const tenant = await newTenant('Acme <b>');
    const browser = openBrowser();
    const page = await browser.visit(await logIn(browser, (await start(tenant, more)).url, world.portalId));
    expect(tokenIn(page)).toBeDefined();
    expect(await connection(tenant)).toBeUndefined();
  }
});

test('a state is good once', async () => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const browser = openBrowser();
  const callback = await logIn(browser, (await start(tenant)).url, world.portalId);
  const answers = await Promise.all([browser.visit(callback), browser.visit(callback), browser.visit(callback)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  expect((await browser.visit(callback)).status).toBe(400);
  const token = tokenIn(answers.find(({ status }) => status === 200)!)!;
  expect((await browser.visit('/v1/oauth/hubspot/confirm', { token })).status).toBe(200);
  expect((await browser.visit('/v1/oauth/hubspot/confirm', { token })).status).toBe(400);
});

test.each([
  ['in another browser', async (path: string) => openBrowser().visit(path)],
  [
    'in a browser that has begun another login',
    async (path: string) => {
      const other = openBrowser();
      await other.visit(pathOf((await start(await newTenant('Acme <b>'))).url));
      return other.visit(path);
    },
  ],
  [
    'with a state that nobody gave',
    async (path: string, b: Browser) => b.visit(path.replace(/state=[^&]+/, `state=${'x'.repeat(43)}`)),
  ],
  [
    'with the state of another tenant',
    async (path: string, b: Browser) => {
      const other = new URL((await start(await newTenant('Acme <b>'))).url).searchParams.get('state')!;
      return b.visit(path.replace(/state=[^&]+/, `state=${other}`));
    },
  ],
  ['with a code that is none', async (path: string, b: Browser) => b.visit(path.replace(/code=[^&]+/, 'code=wrong'))],
  [
    'after ten minutes',
    async (path: string, b: Browser) => {
      api.pass(11 * 60_000);
      return b.visit(path);
    },
  ],
  [
    'refused by the person',
    async (path: string, b: Browser) => b.visit(path.replace(/code=[^&]+/, 'error=access_denied')),
  ],
  ['without a code', async (path: string, b: Browser) => b.visit(path.replace(/&?code=[^&]+/, ''))],
])('a callback %s connects nothing and says what to do', async (_how, misuse) => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const browser = openBrowser();
  const path = await logIn(browser, (await start(tenant)).url, world.portalId);
  const page = await misuse(path, browser);
  expect(page.status).toBe(400);
  expect(page.text).toMatch(/[Ss]tart/);
  expect(tokenIn(page)).toBeUndefined();
  expect(await connection(tenant)).toBeUndefined();
});

test('a confirmation in another browser than the login connects nothing', async () => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const browser = openBrowser();
  const page = await browser.visit(await logIn(browser, (await start(tenant)).url, world.portalId));
  expect((await openBrowser().visit('/v1/oauth/hubspot/confirm', { token: tokenIn(page)! })).status).toBe(400);
  expect(await connection(tenant)).toBeUndefined();
});

test('strangers and link previews that know the addresses take nothing from the browser that goes on', async () => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const { url } = await start(tenant);
  const head = (path: string, cookie = '') => api.app.request(path, { method: 'HEAD', headers: { cookie } });
  // A preview of the link, before the person opens it.
  expect((await openBrowser().visit(pathOf(url))).status).toBe(302);
  await head(pathOf(url));
  const browser = openBrowser();
  const callback = await logIn(browser, url, world.portalId);
  // And of what HubSpot sends back: without the cookie, with that of another login, with that of another browser.
  const other = openBrowser();
  await other.visit(pathOf((await start(await newTenant('Acme <b>'))).url));
  const late = openBrowser();
  expect((await late.visit(pathOf(url))).status).toBe(302);
  for (const stranger of [openBrowser(), other]) expect((await stranger.visit(callback)).status).toBe(400);
  for (const forged of [
    `${browser.cookie()}x`,
    browser.cookie().replace(/\..*/, '.'),
    browser.cookie().split('.')[0]!,
  ]) {
    expect((await api.app.request(callback, { headers: { cookie: forged } })).status).toBe(400);
  }
  expect((await openBrowser().visit(callback.replace(/code=[^&]+/, 'error=access_denied'))).status).toBe(400);
  await head(callback);
  await head(callback, browser.cookie());
  const page = await browser.visit(callback);
  expect(page.status).toBe(200);
  const token = tokenIn(page)!;
  for (const stranger of [openBrowser(), other, late]) {
    expect((await stranger.visit('/v1/oauth/hubspot/confirm', { token })).status).toBe(400);
  }
  expect((await browser.visit('/v1/oauth/hubspot/confirm', { token })).status).toBe(200);
  expect((await connection(tenant)).identity.portalId).toBe(String(world.portalId));
  // The first that came back has ended it for every other.
  expect((await late.visit(callback)).status).toBe(400);
  expect((await late.visit(pathOf(url))).status).toBe(400);
});

test.each([
  ['revoked', (key: string) => api.call(admin, 'DELETE', `/v1/keys/${key}`)],
  ['expired', async () => api.pass(121_000)],
])('a key that is %s ends its logins wherever they are, and what HubSpot granted goes back', async (_how, end) => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const expiresAt = new Date(api.control.clock() + 120_000).toISOString();
  const made = await api.call(admin, 'POST', '/v1/keys', { name: 'x', scopes: ['admin'], tenantId: tenant, expiresAt });
  const begin = async () =>
    (await api.call(made.body.secret, 'POST', `/v1/tenants/${tenant}/connections/hubspot/oauth`, {})).body.url;
  const [notBegun, atHubSpot, atPage] = [await begin(), await begin(), await begin()];
  const [one, two, three] = [openBrowser(), openBrowser(), openBrowser()];
  const callback = await logIn(two, atHubSpot, world.portalId);
  const token = tokenIn(await three.visit(await logIn(three, atPage, world.portalId)))!;
  await end(made.body.key.id);
  expect((await one.visit(pathOf(notBegun))).status).toBe(400);
  expect((await two.visit(callback)).status).toBe(400);
  expect((await three.visit('/v1/oauth/hubspot/confirm', { token })).status).toBe(400);
  expect(await connection(tenant)).toBeUndefined();
  await endAbandonedLogins(api.control);
  expect(await vendors.calls(world, 'oauthRevoke')).toBe(1);
  expect(await leftOf(tenant)).toEqual([]);
});

/** Rows and secrets of logins on their way. */
async function leftOf(tenant: string): Promise<unknown[]> {
  return api.db.tenant(tenant, async (tx) => [
    ...(await tx.selectFrom('oauth_states').select('stage').execute()),
    ...(await tx.selectFrom('secrets').select('name').where('name', 'like', 'oauth.%').execute()),
  ]);
}

test('a login that nobody confirms is given back to HubSpot, again and again until it listens', async () => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const browser = openBrowser();
  await browser.visit(await logIn(browser, (await start(tenant)).url, world.portalId));
  await start(tenant);
  await endAbandonedLogins(api.control);
  expect(await leftOf(tenant)).toHaveLength(4);
  api.pass(11 * 60_000);
  await vendors.fault(world, { vendor: 'hubspot', kind: 'status', status: 400 });
  await endAbandonedLogins(api.control);
  expect(await leftOf(tenant)).toEqual([{ stage: 'confirm' }, { name: expect.stringMatching(/^oauth\.pending/) }]);
  await vendors.noFaults(world);
  const before = await vendors.calls(world, 'oauthRevoke');
  await endAbandonedLogins(api.control);
  expect(await vendors.calls(world, 'oauthRevoke')).toBe(before + 1);
  expect(await leftOf(tenant)).toEqual([]);
});

test('a login that something else takes the place of is given back, and one that is in use is not', async () => {
  const [world, next] = [await vendors.world(), await vendors.world()];
  const tenant = await connected(world);
  const put = (body: object) => api.call(admin, 'PUT', `/v1/tenants/${tenant}/connections/hubspot`, body);
  const again = openBrowser();
  await again.visit(await logIn(again, (await start(tenant)).url, world.portalId));
  expect(await vendors.calls(world, 'oauthRevoke')).toBe(1);
  expect((await (await api.control.vendors.hubspot(tenant)).account()).portalId).toBe(world.portalId);
  // Abandoned as well, with the very grant that a connection works with: HubSpot may hand out one token twice.
  const stored = await api.db.tenant(tenant, (tx) => api.vault.get(tx, tenant, 'hubspot.oauth'));
  const elsewhere = await newTenant('Acme <b>');
  const browser = openBrowser();
  await browser.visit(await logIn(browser, (await start(elsewhere)).url, world.portalId));
  await api.db.tenant(elsewhere, async (tx) => {
    const { secret } = await tx.selectFrom('oauth_states').select('secret').executeTakeFirstOrThrow();
    await api.vault.put(tx, elsewhere, secret, stored!);
  });
  api.pass(11 * 60_000);
  await endAbandonedLogins(api.control);
  expect(await leftOf(elsewhere)).toEqual([]);
  expect(await vendors.calls(world, 'oauthRevoke')).toBe(1);
  await put({ token: next.hubspotToken, allowPortalSwap: true });
  expect(await vendors.calls(world, 'oauthRevoke')).toBe(2);
});

test('deleting a tenant gives back what waits for its confirmation, too', async () => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const browser = openBrowser();
  await browser.visit(await logIn(browser, (await start(tenant)).url, world.portalId));
  expect((await api.call(admin, 'DELETE', `/v1/tenants/${tenant}?confirm=${tenant}`)).status).toBe(204);
  expect(await vendors.calls(world, 'oauthRevoke')).toBe(1);
});

test('open logins are bounded, however many are started at once, and there is room again when they have run out', async () => {
  const tenant = await newTenant('Acme <b>');
  const ask = () => api.call(admin, 'POST', `/v1/tenants/${tenant}/connections/hubspot/oauth`, {});
  const answers = await Promise.all(Array.from({ length: 40 }, ask));
  const refused = answers.filter(({ status }) => status !== 200);
  expect(answers.length - refused.length).toBe(10);
  for (const each of refused) expect(each).toMatchObject({ status: 429, body: { code: 'TOO_MANY_LOGINS' } });
  expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(500);
  expect(
    (await api.call(admin, 'POST', `/v1/tenants/${await newTenant('Acme <b>')}/connections/hubspot/oauth`, {})).status,
  ).toBe(200);
  api.pass(11 * 60_000);
  expect((await ask()).status).toBe(200);
  await endAbandonedLogins(api.control);
  expect(await leftOf(tenant)).toHaveLength(2);
});

test('a login of a key that was revoked meanwhile connects nothing', async () => {
  const world = await vendors.world();
  const tenant = await newTenant('Acme <b>');
  const made = await api.call(admin, 'POST', '/v1/keys', { name: 'x', scopes: ['admin'], tenantId: tenant });
  const started = await api.call(made.body.secret, 'POST', `/v1/tenants/${tenant}/connections/hubspot/oauth`, {});
  const browser = openBrowser();
  const path = await logIn(browser, started.body.url, world.portalId);
  await api.call(admin, 'DELETE', `/v1/keys/${made.body.key.id}`);
  expect((await browser.visit(path)).status).toBe(400);
  expect(await connection(tenant)).toBeUndefined();
});

test('tokens are renewed ahead of their end, once, however many ask in two processes', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await using second = await anotherProcess();
  const before = await vendors.calls(world, 'oauthToken');
  await expire(tenant);
  // Long enough for everybody to have come while the first one is still waiting for its answer.
  await vendors.fault(world, { vendor: 'hubspot', kind: 'latency', ms: 700, route: 'POST /oauth/' });
  const ask = async (of: typeof api.control.vendors) => (await of.hubspot(tenant)).account();
  const accounts = await Promise.all([
    ...Array.from({ length: 5 }, () => ask(api.control.vendors)),
    ...Array.from({ length: 5 }, () => ask(second.vendors)),
  ]);
  expect(accounts.every((account) => account.portalId === world.portalId)).toBe(true);
  expect((await vendors.calls(world, 'oauthToken')) - before).toBe(1);
});

test('a token that HubSpot refuses before its time is renewed once and the call repeated', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await api.db.tenant(tenant, async (tx) => {
    const stored = JSON.parse((await api.vault.get(tx, tenant, 'hubspot.oauth'))!.reveal());
    await api.vault.put(
      tx,
      tenant,
      'hubspot.oauth',
      new Secret(JSON.stringify({ ...stored, accessToken: 'no-longer-good' })),
    );
  });
  api.control.vendors.forgetTokens(tenant);
  const before = await vendors.calls(world, 'oauthToken');
  const client = await api.control.vendors.hubspot(tenant);
  expect((await client.account()).portalId).toBe(world.portalId);
  expect((await vendors.calls(world, 'oauthToken')) - before).toBe(1);
});

test('a token that many calls are refused with is renewed once, also for whoever hears of it late', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  const { now } = (await (await vendors.admin('GET', '/clock')).json()) as { now: number };
  await vendors.admin('PUT', '/clock', { now: now + 31 * 60_000, running: true });
  const client = await api.control.vendors.hubspot(tenant);
  const before = await vendors.calls(world, 'oauthToken');
  // The others have long been answered, and renewed the token, when these are.
  await vendors.fault(world, { vendor: 'hubspot', kind: 'latency', ms: 500, route: 'GET ', after: 3, count: 3 });
  const accounts = await Promise.all(Array.from({ length: 6 }, () => client.account()));
  expect(accounts.every((account) => account.portalId === world.portalId)).toBe(true);
  expect((await vendors.calls(world, 'oauthToken')) - before).toBe(1);
  await vendors.noFaults(world);
});

test('another process uses the credential that took the place of one that is still alive', async () => {
  const [before, after] = [await vendors.world(), await vendors.world()];
  const tenant = await connected(before);
  await using other = await anotherProcess();
  expect((await (await other.vendors.hubspot(tenant)).account()).portalId).toBe(before.portalId);
  const put = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/connections/hubspot`, {
    token: after.hubspotToken,
    allowPortalSwap: true,
  });
  expect(put.status).toBe(200);
  expect((await (await other.vendors.hubspot(tenant)).account()).portalId).toBe(after.portalId);
});

test('a grant that HubSpot took back pauses the sync with the reason; connecting again resumes it', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/connections/pendo`, { key: world.pendoKey, zone: world.zone });
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, {
    joinKey: { property: 'email' },
    pull: [{ property: 'jobtitle' }],
  });
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/enable`);
  const { refreshToken } = JSON.parse(
    (await api.db.tenant(tenant, (tx) => api.vault.get(tx, tenant, 'hubspot.oauth')))!.reveal(),
  );
  await api.control.vendors.oauth()!.revoke(refreshToken);
  await expire(tenant);
  const client = await api.control.vendors.hubspot(tenant);
  const refused = await client.account().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(VendorError);
  expect(refused).toMatchObject({ kind: 'unauthorised', code: 'BAD_REFRESH_TOKEN' });
  expect(await connection(tenant)).toMatchObject({ state: 'reconnect', reason: { code: 'BAD_REFRESH_TOKEN' } });
  const sync = async () => (await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor`)).body;
  expect(await sync()).toMatchObject({ state: 'paused', reason: { code: 'RECONNECT_NEEDED' } });
  const browser = openBrowser();
  await browser.visit(await logIn(browser, (await start(tenant)).url, world.portalId));
  expect(await sync()).toMatchObject({ state: 'enabled', reason: null });
  expect((await connection(tenant)).state).toBe('ok');
});

test("a fault of the operator's app blames no tenant", async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await using broken = await anotherProcess({ clientId: vendors.oauth.clientId, clientSecret: 'wrong' });
  await expire(tenant);
  const refused = await (await broken.vendors.hubspot(tenant)).account().catch((error: unknown) => error);
  expect(refused).toMatchObject({ kind: 'wait', blames: 'operator', code: 'BAD_CLIENT_SECRET' });
  expect((await connection(tenant)).state).toBe('ok');
  const browser = openBrowser();
  const path = await logIn(browser, (await start(tenant)).url, world.portalId);
  const app = createApp({ ...api.control, vendors: broken.vendors });
  const page = await app.request(path, { headers: { cookie: browser.cookie() } });
  expect(page.status).toBe(400);
  expect(await page.text()).toContain('You did nothing wrong');
});

test('deleting a tenant revokes its login at HubSpot', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  expect((await api.call(admin, 'DELETE', `/v1/tenants/${tenant}?confirm=${tenant}`)).status).toBe(204);
  expect(await vendors.calls(world, 'oauthRevoke')).toBe(1);
});

test('the login of a deleted tenant that HubSpot does not take back is named in the audit trail, with what to do', async () => {
  const world = await vendors.world();
  const tenant = await connected(world);
  await vendors.fault(world, { vendor: 'hubspot', kind: 'status', status: 500 });
  expect((await api.call(admin, 'DELETE', `/v1/tenants/${tenant}?confirm=${tenant}`)).status).toBe(204);
  const { entries } = (await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).body;
  expect(entries).toContainEqual(
    expect.objectContaining({
      action: 'connection.login_not_revoked',
      after: { portalId: String(world.portalId), fix: expect.stringMatching(/connected apps/) },
    }),
  );
}, 60_000);

test('disconnect revokes at HubSpot, and succeeds here when HubSpot does not answer', async () => {
  const [one, other] = [await vendors.world(), await vendors.world()];
  const first = await connected(one);
  expect((await api.call(admin, 'DELETE', `/v1/tenants/${first}/connections/hubspot`)).status).toBe(204);
  expect(await vendors.calls(one, 'oauthRevoke')).toBe(1);
  const second = await connected(other);
  await vendors.fault(other, { vendor: 'hubspot', kind: 'status', status: 500 });
  expect((await api.call(admin, 'DELETE', `/v1/tenants/${second}/connections/hubspot`)).status).toBe(204);
  expect((await connection(second)).state).toBe('disconnected');
  // Tried again until HubSpot does it, in whichever process.
  await vendors.noFaults(other);
  await endAbandonedLogins(api.control);
  expect(await vendors.calls(other, 'oauthRevoke')).toBe(1);
  await endAbandonedLogins(api.control);
  expect(await vendors.calls(other, 'oauthRevoke')).toBe(1);
}, 60_000);

/** As if the access token had nearly run out. */
async function expire(tenant: string): Promise<void> {
  await api.db.tenant(tenant, async (tx) => {
    const stored = JSON.parse((await api.vault.get(tx, tenant, 'hubspot.oauth'))!.reveal());
    await api.vault.put(
      tx,
      tenant,
      'hubspot.oauth',
      new Secret(JSON.stringify({ ...stored, expiresAt: Date.now() + 1000 })),
    );
  });
  api.control.vendors.forgetTokens(tenant);
}

/** The vendors' side of a second process on the same database: pool, caches and tokens of its own. */
async function anotherProcess(oauth = vendors.oauth) {
  const db = openDatabase({ url: api.databaseUrl });
  const egress = createGuardedFetch({ allow: [vendors.hubspotUrl, vendors.pendoUrl] });
  const other = createVendors({
    db,
    vault: api.vault,
    fetch: egress.fetch,
    publicUrl: api.control.publicUrl,
    config: {
      hubspot: { baseUrl: vendors.hubspotUrl, authorizeUrl: undefined, ...oauth, apiVersion: '2026-09' },
      pendo: { baseUrl: vendors.pendoUrl },
    },
  });
  return {
    vendors: other,
    [Symbol.asyncDispose]: async () => {
      await egress.close();
      await db.close();
    },
  };
}
