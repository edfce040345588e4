/** HubSpot's login, as the rest of Crosswalk sees it. */
import type { GuardedFetch, Timeouts } from '../egress/types.ts';
import type { HubSpotApiVersion, TokenInfo } from './types.ts';

export interface HubSpotOAuthOptions {
  baseUrl: string;
  /** `https://app.hubspot.com`, or the sandbox's. */
  authorizeBaseUrl: string;
  apiVersion: HubSpotApiVersion;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  fetch: GuardedFetch;
  signal?: AbortSignal | undefined;
  timeouts?: Partial<Timeouts> | undefined;
}

export interface TokenGrant {
  accessToken: string;
  refreshToken: string;
  /** Epoch ms. */
  expiresAt: number;
  hubId?: number;
  userId?: number;
  scopes?: string[];
}

/**
 * Codes of the `VendorError`s: kind `unauthorised` with `BAD_REFRESH_TOKEN`, `BAD_HUB` (reconnect) or `BAD_AUTH_CODE`
 * (start again); kind `wait`, blaming the operator, with `BAD_CLIENT_ID`, `BAD_CLIENT_SECRET`, `BAD_REDIRECT_URI`.
 */
export interface HubSpotOAuth {
  authorizeUrl(request: {
    scopes: readonly string[];
    optionalScopes?: readonly string[];
    state: string;
    /** SHA-256 of the verifier, base64url. */
    codeChallenge: string;
  }): string;
  exchangeCode(code: string, codeVerifier: string): Promise<TokenGrant>;
  refresh(refreshToken: string): Promise<TokenGrant>;
  introspect(token: string): Promise<TokenInfo & { active: boolean }>;
  revoke(refreshToken: string): Promise<void>;
}
