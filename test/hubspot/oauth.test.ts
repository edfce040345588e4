import { describe, expect, onTestFinished, test } from 'vitest';
import { createGuardedFetch } from '../../src/egress/guarded-fetch.ts';
import { createHubSpotOAuth } from '../../src/hubspot/index.ts';
import { type Answer, json, startServer } from '../egress/http-server.ts';

async function openOAuth(answer: Answer) {
  const server = await startServer(answer);
  const { fetch, close } = createGuardedFetch({ allow: [server.url] });
  onTestFinished(async () => {
    await close();
    await server[Symbol.asyncDispose]();
  });
  const oauth = createHubSpotOAuth({
    baseUrl: server.url,
    authorizeBaseUrl: 'https://app.hubspot.com',
    apiVersion: '2026-09',
    clientId: 'client',
    clientSecret: 'secret',
    redirectUri: 'https://sync.example.com/oauth/hubspot?x=1',
    fetch,
  });
  return { server, oauth };
}

const grant = { token_type: 'bearer', access_token: 'access', refresh_token: 'na1-refresh', expires_in: 1800 };

test('the login page is opened with state, PKCE and exactly the scopes that are asked for', async () => {
  const { oauth } = await openOAuth(() => {});
  const url = oauth.authorizeUrl({
    scopes: ['oauth', 'crm.objects.contacts.read'],
    state: 's&t',
    codeChallenge: 'abc',
  });
  expect(url).toContain('scope=oauth%20crm.objects.contacts.read');
  expect(url).not.toContain('secret');
  expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
    client_id: 'client',
    redirect_uri: 'https://sync.example.com/oauth/hubspot?x=1',
    scope: 'oauth crm.objects.contacts.read',
    state: 's&t',
    code_challenge: 'abc',
    code_challenge_method: 'S256',
  });
});

test('a code is exchanged once, as a form, with its verifier', async () => {
  const { server, oauth } = await openOAuth((_, response) =>
    json(response, 200, { ...grant, hub_id: 123, scopes: ['oauth'], user_id: 7 }),
  );
  const granted = await oauth.exchangeCode('code+/=', 'verifier');
  expect(granted).toMatchObject({ accessToken: 'access', refreshToken: 'na1-refresh', hubId: 123, scopes: ['oauth'] });
  expect(Math.abs(granted.expiresAt - Date.now() - 1_800_000)).toBeLessThan(5_000);
  expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/oauth/2026-09/token' });
  expect(server.seen[0]!.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(Object.fromEntries(new URLSearchParams(server.seen[0]!.body))).toEqual({
    grant_type: 'authorization_code',
    client_id: 'client',
    client_secret: 'secret',
    redirect_uri: 'https://sync.example.com/oauth/hubspot?x=1',
    code: 'code+/=',
    code_verifier: 'verifier',
  });
});

test('a code is not tried a second time, a refresh is', async () => {
  const { server, oauth } = await openOAuth((_, response) => void response.writeHead(502).end());
  await expect(oauth.exchangeCode('code', 'verifier')).rejects.toMatchObject({ kind: 'transient' });
  expect(server.seen).toHaveLength(1);
  await expect(oauth.refresh('na1-refresh')).rejects.toMatchObject({ kind: 'transient' });
  expect(server.seen).toHaveLength(4);
});

describe('a refusal tells whose matter it is', () => {
  test.each([
    [{ status: 'BAD_REFRESH_TOKEN', error: 'invalid_grant' }, 'unauthorised', 'BAD_REFRESH_TOKEN'],
    [{ error: 'invalid_grant' }, 'unauthorised', 'BAD_REFRESH_TOKEN'],
    [{ status: 'BAD_HUB', error: 'access_denied' }, 'unauthorised', 'BAD_HUB'],
    [{ status: 'BAD_AUTH_CODE' }, 'unauthorised', 'BAD_AUTH_CODE'],
    [{ status: 'BAD_CLIENT_ID' }, 'wait', 'BAD_CLIENT_ID'],
    [{ status: 'BAD_CLIENT_SECRET' }, 'wait', 'BAD_CLIENT_SECRET'],
    [{ status: 'BAD_REDIRECT_URI' }, 'wait', 'BAD_REDIRECT_URI'],
    [{ error: 'invalid_client' }, 'wait', 'BAD_CLIENT_SECRET'],
    [{ error: 'unauthorized_client' }, 'wait', 'BAD_CLIENT_ID'],
    [{ message: 'something else' }, 'transient', 'UNEXPECTED_ANSWER'],
  ])('%o', async (body, kind, code) => {
    const { oauth } = await openOAuth((_, response) => json(response, 400, body));
    const blames = kind === 'wait' ? 'operator' : undefined;
    await expect(oauth.refresh('na1-refresh')).rejects.toMatchObject({ kind, code, blames });
  });

  test('a 401 of the token endpoint is about the installation, and a page of a firewall about nobody', async () => {
    for (const body of [{ error: 'invalid_client' }, { status: 'error', message: 'unauthorized' }]) {
      const { oauth } = await openOAuth((_, response) => json(response, 401, body));
      await expect(oauth.refresh('na1-refresh')).rejects.toMatchObject({
        blames: 'operator',
        code: 'BAD_CLIENT_SECRET',
      });
    }
    const { oauth } = await openOAuth((_, response) => void response.writeHead(401).end('<html></html>'));
    await expect(oauth.refresh('na1-refresh')).rejects.toMatchObject({ kind: 'transient' });
  });

  test('while HubSpot refuses the installation, it is asked once a minute for all tenants', async () => {
    const { server, oauth } = await openOAuth((_, response) => json(response, 400, { status: 'BAD_CLIENT_SECRET' }));
    for (const token of ['na1-a', 'na1-b', 'na1-c']) {
      await expect(oauth.refresh(token)).rejects.toMatchObject({ blames: 'operator' });
    }
    expect(server.seen).toHaveLength(1);
  });

  test('a login that is said to be over once, and not again, goes on', async () => {
    let calls = 0;
    const { oauth } = await openOAuth((_, response) => {
      calls += 1;
      return calls === 1 ? json(response, 400, { status: 'BAD_REFRESH_TOKEN' }) : json(response, 200, grant);
    });
    expect(await oauth.refresh('na1-refresh')).toMatchObject({ accessToken: 'access' });
  });

  test('a limit or an outage blames nobody', async () => {
    const { oauth } = await openOAuth((_, response) => json(response, 429, {}, { 'retry-after': '30' }));
    await expect(oauth.refresh('na1-refresh')).rejects.toMatchObject({ kind: 'wait', code: 'RATE_LIMIT' });
  });
});

test('introspection tells portal and scopes', async () => {
  const { oauth } = await openOAuth((_, response) =>
    json(response, 200, { active: true, hub_id: 123, app_id: 5, scopes: ['oauth'], token_use: 'access_token' }),
  );
  expect(await oauth.introspect('access')).toEqual({ active: true, hubId: 123, appId: 5, scopes: ['oauth'] });
});

test('revoking what is already gone is success', async () => {
  const { oauth } = await openOAuth((_, response) => json(response, 400, { status: 'BAD_REFRESH_TOKEN' }));
  await oauth.revoke('na1-refresh');
  const working = await openOAuth((_, response) => void response.writeHead(200).end());
  await working.oauth.revoke('na1-refresh');
});
