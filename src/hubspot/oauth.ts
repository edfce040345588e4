/** HubSpot's login: the dated endpoints, with PKCE. These calls have no share in a portal's limits. */
import { z } from 'zod';
import {
  converse,
  mostOfAnError,
  ofOperator,
  parseReply,
  type Twice,
  unexpected,
  unreadable,
} from '../egress/converse.ts';
import { redactText } from '../egress/redaction.ts';
import type { Budget, GuardedResponse } from '../egress/types.ts';
import { isWebPage } from '../egress/web-page.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { toVendorError } from './errors.ts';
import type { HubSpotOAuth, HubSpotOAuthOptions, TokenGrant } from './oauth-types.ts';
import { send } from './transport.ts';

const grantSchema = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.number().positive(),
  hub_id: z.number().nullish(),
  user_id: z.number().nullish(),
  scopes: z.array(z.string()).nullish(),
});

const introspectionSchema = z.object({
  active: z.boolean(),
  hub_id: z.number().nullish(),
  app_id: z.number().nullish(),
  user_id: z.number().nullish(),
  // Both spellings are met: a list, and the RFC's string with spaces.
  scopes: z.array(z.string()).nullish(),
  scope: z.string().nullish(),
});

const refusalSchema = z.object({
  status: z.string().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
});

/** The operator's configuration; no tenant is to blame. */
const ofApp: Readonly<Record<string, string>> = {
  BAD_CLIENT_ID: 'HubSpot does not know the client id of this installation.',
  BAD_CLIENT_SECRET: 'HubSpot does not accept the client secret of this installation.',
  BAD_REDIRECT_URI: 'HubSpot does not accept the redirect address of this installation.',
};
/** Gone for good: a person has to connect again. */
const ofTenant: Readonly<Record<string, string>> = {
  BAD_REFRESH_TOKEN: 'HubSpot does not accept the refresh token any more.',
  BAD_HUB: 'The HubSpot portal is gone.',
  BAD_AUTH_CODE: 'The login took too long or was used before.',
};
/** OAuth's own words (RFC 6749, 5.2), where HubSpot's are missing. */
const byError: Readonly<Record<string, string>> = {
  invalid_grant: 'BAD_REFRESH_TOKEN',
  access_denied: 'BAD_HUB',
  invalid_client: 'BAD_CLIENT_SECRET',
  unauthorized_client: 'BAD_CLIENT_ID',
};

const unlimited: Budget = {
  acquire: async () => ({ runState: 'running', report: async () => undefined, release() {} }),
};

/** While HubSpot refuses the installation itself, one question a minute is enough for all its tenants. In ms. */
const refusedFor = 60_000;

export function createHubSpotOAuth(options: HubSpotOAuthOptions): HubSpotOAuth {
  const app = { client_id: options.clientId, client_secret: options.clientSecret };
  let refused: { error: VendorError; until: number } | undefined;

  const grant = (form: Record<string, string>, more?: More) => requestGrant(options, { ...app, ...form }, more);

  return {
    authorizeUrl: (request) => authorizeUrl(options, request),

    // A code is good for one call, so this one is not repeated.
    exchangeCode: (code, codeVerifier) =>
      grant(
        { grant_type: 'authorization_code', redirect_uri: options.redirectUri, code, code_verifier: codeVerifier },
        { repeats: 0, twice: 'nothing' },
      ),

    async refresh(refreshToken) {
      if (refused !== undefined && performance.now() < refused.until) throw refused.error;
      try {
        const renewed = await grant({ grant_type: 'refresh_token', refresh_token: refreshToken });
        refused = undefined;
        return renewed;
      } catch (error) {
        if (error instanceof VendorError && error.blames === 'operator') {
          refused = { error, until: performance.now() + refusedFor };
        }
        throw error;
      }
    },

    introspect: (token) => introspect(options, { ...app, token, token_type_hint: 'access_token' }),

    async revoke(refreshToken) {
      const form = { ...app, token: refreshToken, token_type_hint: 'refresh_token' };
      try {
        await post(options, 'token/revoke', form, z.unknown());
      } catch (error) {
        // Already gone is what was wanted.
        if (!(error instanceof VendorError && error.code in ofTenant)) throw error;
      }
    },
  };
}

interface More {
  repeats?: number;
  twice?: Twice;
}

function authorizeUrl(options: HubSpotOAuthOptions, request: Parameters<HubSpotOAuth['authorizeUrl']>[0]): string {
  const { scopes, optionalScopes = [], state, codeChallenge } = request;
  const url = new URL('/oauth/authorize', options.authorizeBaseUrl);
  const query = {
    client_id: options.clientId,
    redirect_uri: options.redirectUri,
    scope: scopes.join(' '),
    ...(optionalScopes.length === 0 ? {} : { optional_scope: optionalScopes.join(' ') }),
    state,
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
  };
  // HubSpot shows %20 between scopes, not the plus that URLSearchParams writes.
  url.search = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return url.href;
}

async function requestGrant(
  options: HubSpotOAuthOptions,
  form: Record<string, string>,
  more?: More,
): Promise<TokenGrant> {
  const askedAt = Date.now();
  const reply = await post(options, 'token', form, grantSchema, more);
  return {
    accessToken: reply.access_token,
    refreshToken: reply.refresh_token,
    expiresAt: askedAt + reply.expires_in * 1000,
    ...(reply.hub_id == null ? {} : { hubId: reply.hub_id }),
    ...(reply.user_id == null ? {} : { userId: reply.user_id }),
    ...(reply.scopes == null ? {} : { scopes: reply.scopes }),
  };
}

async function introspect(
  options: HubSpotOAuthOptions,
  form: Record<string, string>,
): ReturnType<HubSpotOAuth['introspect']> {
  const reply = await post(options, 'token/introspect', form, introspectionSchema);
  const scopes = reply.scopes ?? reply.scope?.split(' ').filter(Boolean);
  return {
    active: reply.active,
    ...(reply.hub_id == null ? {} : { hubId: reply.hub_id }),
    ...(reply.app_id == null ? {} : { appId: reply.app_id }),
    ...(reply.user_id == null ? {} : { userId: reply.user_id }),
    ...(scopes === undefined ? {} : { scopes }),
  };
}

function post<T>(
  options: HubSpotOAuthOptions,
  path: string,
  form: Record<string, string>,
  schema: z.ZodType<T>,
  more: More = {},
): Promise<T> {
  const conversation = {
    vendor: 'hubspot',
    budget: unlimited,
    limitClass: 'oauth',
    signal: options.signal,
    ...more,
  } as const;
  return converse(conversation, async () => {
    const response = await send({
      method: 'POST',
      url: `${options.baseUrl}/oauth/${options.apiVersion}/${path}`,
      body: new URLSearchParams(form),
      fetch: options.fetch,
      signal: options.signal,
      timeouts: options.timeouts,
    });
    if (response.status < 200 || response.status >= 300) {
      throw oauthError(response, redactText(await response.text(mostOfAnError), credentials(form)));
    }
    const text = await response.text();
    const parsed = schema.safeParse(text === '' ? {} : parseReply('hubspot', text));
    if (!parsed.success) throw unreadable('hubspot', 'The reply does not have the documented shape.');
    return parsed.data;
  });
}

/** What of a form is a credential; a client's id and the addresses are public. */
function credentials(form: Record<string, string>): string[] {
  const secret = new Set(['client_secret', 'code', 'code_verifier', 'refresh_token', 'token']);
  return Object.entries(form).flatMap(([name, value]) => (secret.has(name) ? [value] : []));
}

/** The token endpoint's own format, which is OAuth's with HubSpot's code beside it; anything else is no answer of its. */
function oauthError(response: GuardedResponse, text: string): VendorError {
  const { status } = response;
  const general = toVendorError(response, text);
  if (![400, 401, 403].includes(status) || isWebPage(response.header('content-type'), text)) return general;
  const refusal = readRefusal(text);
  const known = (code: string | undefined) => code !== undefined && (code in ofApp || code in ofTenant);
  const code = known(refusal.status) ? refusal.status! : byError[refusal.error ?? ''];
  const detail = text.slice(0, 2048);
  if (code !== undefined && code in ofTenant) {
    return new VendorError(ofTenant[code]!, { vendor: 'hubspot', kind: 'unauthorised', code, status, detail });
  }
  if (code !== undefined) return ofOperator('hubspot', code, ofApp[code]!, { status, detail });
  // Only the installation's own id and secret are presented here: who is not let in is the app.
  if (general.kind === 'unauthorised') {
    return ofOperator('hubspot', 'BAD_CLIENT_SECRET', ofApp.BAD_CLIENT_SECRET!, { status, detail });
  }
  return unexpected('hubspot', status, { detail });
}

function readRefusal(text: string): z.infer<typeof refusalSchema> {
  try {
    return refusalSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
