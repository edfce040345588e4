/** HubSpot's login: the dated endpoints, with PKCE. These calls have no share in a portal's limits. */
import { z } from 'zod';
import { converse, parseReply, unreadable } from '../egress/converse.ts';
import type { Budget, GuardedResponse } from '../egress/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { toVendorError } from './errors.ts';
import { send } from './transport.ts';
import type { HubSpotOAuth, HubSpotOAuthOptions, TokenGrant } from './types.ts';

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
  status: z.string().optional(),
  error: z.string().optional(),
});

/** The operator's configuration; no tenant is to blame. */
const ofOperator: Readonly<Record<string, string>> = {
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
const byError: Readonly<Record<string, string>> = {
  invalid_grant: 'BAD_REFRESH_TOKEN',
  access_denied: 'BAD_HUB',
  invalid_client: 'BAD_CLIENT_SECRET',
};

const unlimited: Budget = {
  acquire: async () => ({ runState: 'running', report: async () => undefined, release() {} }),
};

export function createHubSpotOAuth(options: HubSpotOAuthOptions): HubSpotOAuth {
  const app = { client_id: options.clientId, client_secret: options.clientSecret };

  function post<T>(path: string, form: Record<string, string>, schema: z.ZodType<T>, repeats?: number): Promise<T> {
    const conversation = {
      vendor: 'hubspot',
      budget: unlimited,
      lane: 'oauth',
      signal: options.signal,
      repeats,
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
      const text = await response.text();
      if (response.status < 200 || response.status >= 300) throw oauthError(response, text);
      const parsed = schema.safeParse(text === '' ? {} : parseReply('hubspot', text));
      if (!parsed.success) throw unreadable('hubspot', 'The reply does not have the documented shape.');
      return parsed.data;
    });
  }

  async function grant(form: Record<string, string>, repeats?: number): Promise<TokenGrant> {
    const askedAt = Date.now();
    const reply = await post('token', { ...app, ...form }, grantSchema, repeats);
    return {
      accessToken: reply.access_token,
      refreshToken: reply.refresh_token,
      expiresAt: askedAt + reply.expires_in * 1000,
      ...(reply.hub_id == null ? {} : { hubId: reply.hub_id }),
      ...(reply.user_id == null ? {} : { userId: reply.user_id }),
      ...(reply.scopes == null ? {} : { scopes: reply.scopes }),
    };
  }

  return {
    authorizeUrl({ scopes, optionalScopes = [], state, codeChallenge }) {
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
    },

    // A code is good for one call, so this one is not repeated.
    exchangeCode: (code, codeVerifier) =>
      grant(
        { grant_type: 'authorization_code', redirect_uri: options.redirectUri, code, code_verifier: codeVerifier },
        0,
      ),

    refresh: (refreshToken) => grant({ grant_type: 'refresh_token', refresh_token: refreshToken }),

    async introspect(token) {
      const form = { ...app, token, token_type_hint: 'access_token' };
      const reply = await post('token/introspect', form, introspectionSchema);
      const scopes = reply.scopes ?? reply.scope?.split(' ').filter(Boolean);
      return {
        active: reply.active,
        ...(reply.hub_id == null ? {} : { hubId: reply.hub_id }),
        ...(reply.app_id == null ? {} : { appId: reply.app_id }),
        ...(reply.user_id == null ? {} : { userId: reply.user_id }),
        ...(scopes === undefined ? {} : { scopes }),
      };
    },

    async revoke(refreshToken) {
      const form = { ...app, token: refreshToken, token_type_hint: 'refresh_token' };
      try {
        await post('token/revoke', form, z.unknown());
      } catch (error) {
        // Already gone is what was wanted.
        if (!(error instanceof VendorError && error.code in ofTenant)) throw error;
      }
    },
  };
}

function oauthError(response: GuardedResponse, text: string): VendorError {
  const general = toVendorError(response, text);
  if (general.kind !== 'rejected' && general.kind !== 'unauthorised' && general.kind !== 'forbidden') return general;
  const refusal = refusalSchema.safeParse(general.body).data ?? {};
  const known = (code: string | undefined) => code !== undefined && (code in ofOperator || code in ofTenant);
  const code = known(refusal.status) ? refusal.status! : (byError[refusal.error ?? ''] ?? general.code);
  const message = ofOperator[code] ?? ofTenant[code] ?? general.message;
  const kind = code in ofTenant ? 'unauthorised' : 'rejected';
  const { status = response.status, detail = '' } = general;
  return new VendorError(message, { vendor: 'hubspot', kind, code, status, detail });
}
