import { type CallInfo, jsonResponse, type VendorRequest, type VendorResponse } from '../server/vendor.ts';
import type { Resolved } from '../server/vendor-server.ts';
import type { LiveWorld, Worlds } from '../server/world.ts';
import { HubSpotError, notFound } from './errors.ts';
import { authorize } from './oauth-authorize.ts';
import { accessTokenSeconds, createGrants, type Grant, type Grants, type OAuthApp } from './oauth-grants.ts';

export interface OAuth {
  app: { clientId: string; clientSecret: string };
  /** Finds out whose request it is: OAuth's own, or that of the bearer's world. */
  resolve(request: VendorRequest): Resolved;
}

/** HubSpot's OAuth for one app on every portal of the sandbox, and the way from any bearer token to its world. */
export function createOAuth(worlds: Worlds): OAuth {
  const app: OAuthApp = { clientId: 'sandbox-client-id', clientSecret: 'sandbox-client-secret', appId: 7_654_321 };
  const grants = createGrants(worlds.clock);

  return {
    app: { clientId: app.clientId, clientSecret: app.clientSecret },
    resolve(request) {
      if (/^\/oauth\//.test(request.path)) {
        const { handle, portalId, credential } = oauthRequest(request, app, grants, worlds);
        const live = portalId === null ? null : (worlds.withPortal(portalId) ?? null);
        return { live, credential, handle };
      }
      const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const own = worlds.withHubSpotToken(token);
      if (own) {
        return {
          live: own,
          credential: token,
          admit: (r) => own.hubspot.admit(r, own.hubspot.ownAccess()),
          handle: (r) => own.hubspot.handle(r, own.hubspot.ownAccess()),
        };
      }
      const grant = grants.access(token);
      const live = grant ? worlds.withPortal(grant.portalId) : undefined;
      if (!grant || !live) return { live: null, credential: token, handle: unknownToken };
      const expired = grant.expiresAt <= worlds.clock.now();
      const access = { kind: 'oauth', appId: app.appId, scopes: grant.scopes } as const;
      const allowed = uninstalled(live, grants) ? null : expired ? 'expired' : access;
      return {
        live,
        credential: token,
        admit: (r) => live.hubspot.admit(r, allowed),
        handle: (r) => live.hubspot.handle(r, allowed),
      };
    },
  };
}

/** Did a `revoked` fault hit any token of the app in this portal? Then none of them is good any more. */
function uninstalled({ revoked }: LiveWorld, grants: Grants): boolean {
  return [...revoked].some((token) => grants.access(token) !== null || grants.refreshGrant(token) !== null);
}

const unknownToken = () =>
  new HubSpotError(401, 'Authentication credentials not found. This API supports OAuth 2.0 authentication.', {
    category: 'INVALID_AUTHENTICATION',
  }).response({ operation: 'unknown', records: 0 });

interface OAuthRequest {
  handle: (request: VendorRequest) => VendorResponse;
  /** The portal that the request is about, where that can be told. */
  portalId: number | null;
  credential: string;
}

function oauthRequest(request: VendorRequest, app: OAuthApp, grants: Grants, worlds: Worlds): OAuthRequest {
  const { method, path } = request;
  const info: CallInfo = { operation: 'oauth', records: 0 };
  const form = new URLSearchParams(request.body);
  const about = (grant: Grant | null, credential: string, handle: () => VendorResponse): OAuthRequest => ({
    portalId: grant?.portalId ?? null,
    credential,
    handle,
  });

  if (/^\/oauth\/(\d+\/)?authorize$/.test(path)) return about(null, '', () => authorize(request, app, grants, worlds));

  const [, version, ...rest] = path.split('/').filter(Boolean);
  const tail = rest.join('/');
  const current = version !== undefined && /^(v1|v3|2026-03|2026-09)$/.test(version);
  if (method === 'POST' && current && tail === 'token') {
    const refreshToken = form.get('refresh_token') ?? '';
    info.operation = 'oauthToken';
    const grant = grants.refreshGrant(refreshToken) ?? grants.codeGrant(form.get('code') ?? '');
    return about(grant, refreshToken, () => answered(info, () => token(form, app, grants, worlds, info)));
  }
  if (method === 'POST' && current && version !== 'v1' && (tail === 'token/introspect' || tail === 'token/revoke')) {
    const credential = form.get('token') ?? '';
    info.operation = tail === 'token/revoke' ? 'oauthRevoke' : 'oauthIntrospect';
    const grant = grants.access(credential) ?? grants.refreshGrant(credential);
    return about(grant, credential, () =>
      answered(info, () => {
        needClient(form, app);
        if (tail === 'token/introspect') {
          const known = introspection(credential, app, grants, worlds);
          const live = grant && worlds.withPortal(grant.portalId);
          return jsonResponse(200, live && !optional(live) ? { active: known.active } : known, info);
        }
        grants.revoke(credential);
        return jsonResponse(200, {}, info);
      }),
    );
  }
  const [noun, credential] = rest;
  if (version === 'v1' && credential !== undefined && (noun === 'access-tokens' || noun === 'refresh-tokens')) {
    info.operation = 'oauthTokenInfo';
    const grant = noun === 'access-tokens' ? grants.access(credential) : grants.refreshGrant(credential);
    return about(grant, credential, () =>
      answered(info, () => legacyToken(method, noun, credential, app, grants, worlds, info)),
    );
  }
  if (method === 'POST' && path === '/oauth/v2/private-apps/get/access-token-info')
    return {
      portalId: worlds.withHubSpotToken(tokenKey(request.body))?.hubspot.portalId ?? null,
      credential: '',
      handle: () => answered(info, () => privateAppInfo(request.body, worlds, info)),
    };
  return about(null, '', () => notFound().response(info));
}

/** Errors of the token endpoints: 400 with both OAuth's and HubSpot's words. */
const refused = (status: string, error: string, description: string) =>
  new OAuthError(400, description, { error, error_description: description, status });

class OAuthError extends HubSpotError {}

function answered(info: CallInfo, run: () => VendorResponse): VendorResponse {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof HubSpotError)) throw error;
    return error.response(info);
  }
}

function needClient(form: URLSearchParams, app: OAuthApp): void {
  if (form.get('client_id') !== app.clientId)
    throw refused('BAD_CLIENT_ID', 'invalid_client', 'missing or unknown client id');
  if (form.get('client_secret') !== app.clientSecret)
    throw refused('BAD_CLIENT_SECRET', 'invalid_client', 'missing or invalid client secret');
}

function token(form: URLSearchParams, app: OAuthApp, grants: Grants, worlds: Worlds, info: CallInfo): VendorResponse {
  needClient(form, app);
  const type = form.get('grant_type');
  let grant: Grant | 'redirect' | null;
  let refreshToken = form.get('refresh_token') ?? '';
  if (type === 'authorization_code') {
    grant = grants.redeem(form.get('code') ?? '', form.get('redirect_uri') ?? '', form.get('code_verifier'));
    if (grant === 'redirect')
      throw refused('BAD_REDIRECT_URI', 'invalid_request', 'redirect uri does not match the one of the code');
    if (grant === null) throw refused('BAD_AUTH_CODE', 'invalid_grant', 'missing or unknown auth code');
    refreshToken = grants.newRefreshToken(grant);
  } else if (type === 'refresh_token') {
    grant = grants.refreshGrant(refreshToken);
    if (grant === null)
      throw refused('BAD_REFRESH_TOKEN', 'invalid_grant', 'refresh token is invalid, expired or revoked');
  } else {
    throw refused('BAD_GRANT_TYPE', 'unsupported_grant_type', `unknown grant type ${type ?? ''}`);
  }
  const live = worlds.withPortal(grant.portalId);
  if (!live) throw refused('BAD_HUB', 'access_denied', 'missing or unknown hub id');
  if (type === 'refresh_token' && uninstalled(live, grants))
    throw refused('BAD_REFRESH_TOKEN', 'invalid_grant', 'refresh token is invalid, expired or revoked');
  const answer: Record<string, unknown> = {
    token_type: 'bearer',
    access_token: grants.newAccessToken(grant),
    refresh_token: refreshToken,
    expires_in: accessTokenSeconds,
    hub_id: grant.portalId,
    scopes: grant.scopes,
    token_use: 'access_token',
    user_id: 1,
  };
  if (!optional(live)) for (const member of ['hub_id', 'scopes', 'user_id'] as const) delete answer[member];
  return jsonResponse(200, answer, info);
}

/** May answers have the members that the published files do not require? */
const optional = (live: LiveWorld) => live.switches().hubspotOptionalMembers === 'present';

function introspection(credential: string, app: OAuthApp, grants: Grants, worlds: Worlds): Record<string, unknown> {
  const access = grants.access(credential);
  const grant = access ?? grants.refreshGrant(credential);
  const seconds = access ? Math.floor((access.expiresAt - worlds.clock.now()) / 1_000) : null;
  if (!grant || (seconds !== null && seconds <= 0)) return { active: false };
  return {
    active: true,
    token_type: 'bearer',
    token_use: access ? 'access_token' : 'refresh_token',
    client_id: app.clientId,
    app_id: app.appId,
    hub_id: grant.portalId,
    user_id: 1,
    user: 'admin@sandbox.example',
    scopes: grant.scopes,
    ...(seconds === null ? {} : { expires_in: seconds, signed_access_token: { hubId: grant.portalId, hublet: 'na1' } }),
  };
}

function legacyToken(
  method: string,
  noun: string,
  credential: string,
  app: OAuthApp,
  grants: Grants,
  worlds: Worlds,
  info: CallInfo,
): VendorResponse {
  if (method === 'DELETE' && noun === 'refresh-tokens') {
    grants.revoke(credential);
    return { status: 204, headers: {}, body: '', call: info };
  }
  const { active, client_id: _, token_use: __, ...known } = introspection(credential, app, grants, worlds);
  if (!active) throw notFound('token not found');
  return jsonResponse(200, { token: credential, hub_domain: `portal-${known.hub_id}.example`, ...known }, info);
}

function privateAppInfo(body: string, worlds: Worlds, info: CallInfo): VendorResponse {
  const live = worlds.withHubSpotToken(tokenKey(body));
  if (!live) throw notFound('token not found');
  return jsonResponse(200, tokenInfo(live), info);
}

function tokenKey(body: string): string {
  try {
    return String((JSON.parse(body) as { tokenKey?: unknown }).tokenKey);
  } catch {
    return '';
  }
}

const tokenInfo = ({ hubspot }: LiveWorld) => ({
  hubId: hubspot.portalId,
  userId: 1,
  appId: hubspot.appId,
  scopes: hubspot.ownAccess().scopes,
});
