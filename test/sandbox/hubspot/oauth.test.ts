import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noon, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal({ contacts: 20, companies: 20, tier: 190 });
});
afterAll(() => portal[Symbol.asyncDispose]());

const redirectUri = 'http://127.0.0.1:9/back';
const authorizeQuery = (more: Record<string, string> = {}) =>
  new URLSearchParams({
    client_id: portal.sandbox.oauth.clientId,
    redirect_uri: redirectUri,
    scope: 'oauth crm.objects.contacts.read',
    state: 's1',
    ...more,
  });

const authorize = (more: Record<string, string> = {}) =>
  fetch(`${portal.sandbox.hubspotUrl}/oauth/authorize?${authorizeQuery(more)}`, { redirect: 'manual' });

async function newCode(more: Record<string, string> = {}): Promise<string> {
  const response = await authorize({ portal: String(portal.world.portalId), ...more });
  return new URL(response.headers.get('location')!).searchParams.get('code')!;
}

async function form(path: string, fields: Record<string, string>) {
  const client = { client_id: portal.sandbox.oauth.clientId, client_secret: portal.sandbox.oauth.clientSecret };
  const response = await fetch(portal.sandbox.hubspotUrl + path, {
    method: 'POST',
    body: new URLSearchParams({ ...client, ...fields }),
  });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined };
}

const redeem = (code: string, more: Record<string, string> = {}, version = '2026-09') =>
  form(`/oauth/${version}/token`, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more });
const refresh = (token: string, more: Record<string, string> = {}, version = '2026-09') =>
  form(`/oauth/${version}/token`, { grant_type: 'refresh_token', refresh_token: token, ...more });
const list = (token: string) => portal.call('GET', '/crm/v3/objects/contacts?limit=1', undefined, token);
const setClock = (now: number) =>
  fetch(`${portal.sandbox.adminUrl}/admin/clock`, { method: 'PUT', body: JSON.stringify({ now }) });

describe('OAuth', () => {
  it('shows a page of accounts, whose links lead back with a code and the state', async () => {
    const page = await (await authorize()).text();
    const link = /href="([^"]*portal&#61;|[^"]*portal=\d+)[^"]*"/.exec(page)?.[0].slice(6, -1).replaceAll('&#38;', '&');
    const response = await fetch(new URL(link!, portal.sandbox.hubspotUrl), { redirect: 'manual' });
    expect(response.status).toBe(302);
    const back = new URL(response.headers.get('location')!);
    expect(back.origin + back.pathname).toBe(redirectUri);
    expect(back.searchParams.get('state')).toBe('s1');
    expect((await redeem(back.searchParams.get('code')!)).status).toBe(200);
  });

  it('leads back with an error when the user refuses', async () => {
    const back = new URL((await authorize({ portal: 'deny' })).headers.get('location')!);
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'access_denied', state: 's1' });
  });

  it.each(['v1', 'v3', '2026-03', '2026-09'])(
    '%s: a code becomes tokens, whose access is that of the scopes',
    async (version) => {
      const { status, json } = await redeem(
        await newCode({ optional_scope: 'crm.objects.companies.read' }),
        {},
        version,
      );
      expect(status).toBe(200);
      expect(json).toMatchObject({
        token_type: 'bearer',
        expires_in: 1_800,
        hub_id: portal.world.portalId,
        token_use: 'access_token',
      });
      expect(json.scopes).toEqual(['oauth', 'crm.objects.contacts.read', 'crm.objects.companies.read']);
      expect((await list(json.access_token)).status).toBe(200);
      const write = await portal.call(
        'POST',
        '/crm/v3/objects/contacts/batch/update',
        { inputs: [] },
        json.access_token,
      );
      expect(write.json.category).toBe('MISSING_SCOPES');
      const again = await refresh(json.refresh_token, {}, version);
      expect(again.json.refresh_token).toBe(json.refresh_token);
      expect(again.json.access_token).not.toBe(json.access_token);
    },
  );

  it('has a limit of its own per app, 110, whatever the tier, and no daily one', async () => {
    const { json } = await redeem(await newCode());
    const { headers } = await list(json.access_token);
    expect(headers.get('x-hubspot-ratelimit-max')).toBe('110');
    expect(headers.get('x-hubspot-ratelimit-daily')).toBeNull();
  });

  it('access tokens end after thirty minutes; refreshing gives a new one', async () => {
    const { json } = await redeem(await newCode());
    await setClock(noon + 1_799_000);
    expect((await list(json.access_token)).status).toBe(200);
    await setClock(noon + 1_800_000);
    expect(await list(json.access_token)).toMatchObject({ status: 401, json: { category: 'EXPIRED_AUTHENTICATION' } });
    const again = await refresh(json.refresh_token);
    expect((await list(again.json.access_token)).status).toBe(200);
    await setClock(noon);
  });

  it('codes serve once, in time, for the same address, and with the verifier of their challenge', async () => {
    const once = await newCode();
    await redeem(once);
    expect((await redeem(once)).json.status).toBe('BAD_AUTH_CODE');
    const late = await newCode();
    await setClock(noon + 61_000);
    expect((await redeem(late)).json.status).toBe('BAD_AUTH_CODE');
    await setClock(noon);
    expect((await redeem(await newCode(), { redirect_uri: 'http://127.0.0.1:9/other' })).json.status).toBe(
      'BAD_REDIRECT_URI',
    );
    const verifier = 'v'.repeat(50);
    const challenge = {
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    expect((await redeem(await newCode(challenge), { code_verifier: 'wrong' })).json.status).toBe('BAD_AUTH_CODE');
    expect((await redeem(await newCode(challenge), { code_verifier: verifier })).status).toBe(200);
  });

  it('errors are 400 with both OAuth’s and HubSpot’s words', async () => {
    const bad = await refresh('na1-nope');
    expect(bad).toEqual({
      status: 400,
      json: expect.objectContaining({
        error: 'invalid_grant',
        error_description: 'refresh token is invalid, expired or revoked',
        status: 'BAD_REFRESH_TOKEN',
        message: expect.any(String),
      }),
    });
    expect((await refresh('x', { client_id: 'nope' })).json.status).toBe('BAD_CLIENT_ID');
    expect((await refresh('x', { client_secret: 'nope' })).json.status).toBe('BAD_CLIENT_SECRET');
    expect((await authorize({ client_id: 'nope' })).status).toBe(400);
  });

  it('introspection tells whose token it is and how long it lives; revoking ends refreshing but not the access token', async () => {
    const { json } = await redeem(await newCode());
    const known = await form('/oauth/2026-09/token/introspect', { token: json.access_token });
    expect(known.json).toMatchObject({
      active: true,
      hub_id: portal.world.portalId,
      expires_in: 1_800,
      scopes: json.scopes,
    });
    const legacy = await portal.call('GET', `/oauth/v1/access-tokens/${json.access_token}`);
    expect(legacy.json).toMatchObject({ token: json.access_token, hub_id: portal.world.portalId });
    expect((await form('/oauth/2026-03/token/revoke', { token: json.refresh_token })).status).toBe(200);
    expect((await refresh(json.refresh_token)).json.status).toBe('BAD_REFRESH_TOKEN');
    expect((await list(json.access_token)).status).toBe(200);
    expect((await form('/oauth/2026-09/token/introspect', { token: json.refresh_token })).json).toEqual({
      active: false,
    });
  });

  it('answers no more than the published files promise when its optional members are off', async () => {
    await portal.switches({ hubspotOptionalMembers: 'absent' });
    const { json } = await redeem(await newCode());
    expect(Object.keys(json).sort()).toEqual(
      ['access_token', 'expires_in', 'refresh_token', 'token_type', 'token_use'].sort(),
    );
    const known = await form('/oauth/2026-09/token/introspect', { token: json.access_token });
    expect(known.json).toEqual({ active: true });
    const legacy = await portal.call('GET', `/oauth/v1/access-tokens/${json.access_token}`);
    expect(legacy.json).toMatchObject({ hub_id: portal.world.portalId });
    await portal.switches({ hubspotOptionalMembers: 'present' });
  });

  it('meets the faults of the portal that a code or a token is for', async () => {
    const fault = { vendor: 'hubspot', kind: 'answerWith', status: 403, body: 'blocked', count: 1 };
    const code = await newCode();
    await portal.admin('POST', 'faults', { ...fault, route: '^POST /oauth/.*/token$' });
    await expect(redeem(code)).rejects.toThrow(/JSON/);
    expect((await redeem(code)).status).toBe(200);
    await portal.admin('POST', 'faults', { ...fault, route: 'access-token-info$' });
    const info = () =>
      portal.post('/oauth/v2/private-apps/get/access-token-info', { tokenKey: portal.world.hubspotToken });
    expect((await info()).status).toBe(403);
    expect((await info()).json).toMatchObject({ hubId: portal.world.portalId });
    await portal.admin('DELETE', 'faults');
  });

  it('revoked by a fault, the app is as good as uninstalled: no token works and none can be had', async () => {
    const { json } = await redeem(await newCode());
    await portal.admin('POST', 'faults', { vendor: 'hubspot', kind: 'revoked', route: 'objects', count: 1 });
    expect((await list(json.access_token)).status).toBe(401);
    expect((await refresh(json.refresh_token)).json.status).toBe('BAD_REFRESH_TOKEN');
    await portal.admin('DELETE', 'faults');
    expect((await list(json.access_token)).status).toBe(200);
    expect((await refresh(json.refresh_token)).status).toBe(200);
  });

  it('refreshing for a portal that is gone answers BAD_HUB', async () => {
    const { json } = await redeem(await newCode());
    await portal.admin('DELETE', '');
    expect((await refresh(json.refresh_token)).json).toMatchObject({ status: 'BAD_HUB', error: 'access_denied' });
  });
});
