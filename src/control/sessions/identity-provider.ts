/** Signing in at a company's identity provider, by OpenID Connect. Of its tokens nothing is kept. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { ControlError } from '../errors.ts';

export interface IdentitySettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
  name: string;
  scopes: string;
  rules: readonly AccessRule[];
}

/** Whoever has this value of this claim may do this much, in one tenant or in all. */
export interface AccessRule {
  claim: string;
  value: string;
  scope: 'read' | 'operate' | 'admin';
  tenant?: string | undefined;
}

/** What the browser keeps while it is away. */
export interface PendingSignIn {
  state: string;
  nonce: string;
  verifier: string;
}

export interface Person {
  issuer: string;
  subject: string;
  /** For people to read: e-mail address, or what there is. */
  name: string;
  claims: Record<string, unknown>;
}

export interface IdentityProvider {
  name: string;
  rules: readonly AccessRule[];
  /** @throws `SIGN_IN_UNAVAILABLE` */
  begin(): Promise<{ url: string; pending: PendingSignIn }>;
  /** @param reply the whole address that the browser came back to. @throws `SIGN_IN_REFUSED`, `SIGN_IN_UNAVAILABLE` */
  finish(reply: URL, pending: PendingSignIn): Promise<Person>;
}

const timeoutSeconds = 15;

/** Asked for what it offers at the first sign-in, so that Crosswalk starts also where it is away. */
export function createIdentityProvider(settings: IdentitySettings, redirectUri: string): IdentityProvider {
  const { issuer, clientId, clientSecret, name, scopes, rules } = settings;
  let known: Promise<Configuration> | undefined;
  const configuration = (): Promise<Configuration> => {
    known ??= discovery(new URL(issuer), clientId, clientSecret, undefined, {
      timeout: timeoutSeconds,
      execute: isThisMachine(issuer) ? [allowInsecureRequests] : [],
    }).catch((error: unknown) => {
      known = undefined;
      throw unavailable(name, error);
    });
    return known;
  };
  return {
    name,
    rules,
    async begin() {
      const config = await configuration();
      const pending = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: scopes,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, pending };
    },
    async finish(reply, { state, nonce, verifier }) {
      const config = await configuration();
      const tokens = await authorizationCodeGrant(config, reply, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      }).catch((error: unknown) => {
        throw refused(name, error);
      });
      const own = tokens.claims()!;
      // Many give groups and addresses only there.
      const more =
        config.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await fetchUserInfo(config, tokens.access_token, own.sub).catch((error: unknown) => {
              throw refused(name, error);
            });
      const claims: Record<string, unknown> = { ...more, ...own };
      // Anybody may have said that an address is theirs: no rule goes by one that was not verified.
      if (claims.email_verified === false) delete claims.email;
      return { issuer: own.iss, subject: own.sub, name: nameOf(claims), claims };
    },
  };
}

function nameOf({ email, preferred_username: user, name, sub }: Record<string, unknown>): string {
  const found = [email, user, name, sub].find((text) => typeof text === 'string' && text.trim() !== '');
  return String(found)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, 200);
}

/** Only there may anything go without TLS. */
function isThisMachine(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

const unavailable = (name: string, cause: unknown) =>
  new ControlError({
    kind: 'unavailable',
    code: 'SIGN_IN_UNAVAILABLE',
    message: `${name} does not answer as an identity provider. ${codeOf(cause)}`.trim(),
    fix: 'Try again in a minute, or sign in with an API key. If it stays so, whoever operates Crosswalk checks CROSSWALK_OIDC_ISSUER.',
  });

const refused = (name: string, cause: unknown) =>
  new ControlError({
    kind: 'unauthenticated',
    code: 'SIGN_IN_REFUSED',
    message: `The sign-in with ${name} did not succeed. ${codeOf(cause)}`.trim(),
    fix: 'Start again from the sign-in page.',
  });

/** A code of the protocol, such as `access_denied`: words of others are not shown. */
function codeOf(cause: unknown): string {
  const { error, code } = cause as { error?: unknown; code?: unknown };
  const found = [error, code].find((text) => typeof text === 'string' && /^[\w-]{1,60}$/.test(text));
  return found === undefined ? '' : `(${String(found)})`;
}
