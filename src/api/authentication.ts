/**
 * Who a request comes from: an API key in its header, or else a session in its cookie. Good ones always get through; wrong
 * ones are counted by whoever sends them.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import type { SecurityLog } from '../control/audit/security-log.ts';
import type { Caller } from '../control/caller.ts';
import type { Control } from '../control/control.ts';
import { ControlError } from '../control/errors.ts';
import { authenticate, unauthenticated } from '../control/keys/api-keys.ts';
import { createKeyLookup } from '../control/keys/key-lookup.ts';
import { isWithin } from '../control/keys/networks.ts';
import { authenticateSession, createSessionLookup, redeemLoginCode } from '../control/sessions/sessions.ts';
import type { AddressOf } from './client-address.ts';
import type { ApiEnv } from './environment.ts';
import { createBuckets, type Limits, type RequestLimits, tooMany } from './limits.ts';

/** Longer than any key or token, so that nobody has megabytes hashed. */
const longest = 200;

/** The name of the cookie. Browsers take the `__Host-` prefix with https only; without TLS the plain name is used. */
export function cookieName(publicUrl: string): string {
  return publicUrl.startsWith('https:') ? '__Host-crosswalk' : 'crosswalk';
}

export interface Authentication {
  /** Sets the caller of the request. @throws `UNAUTHENTICATED`, `SIGNED_OUT` */
  requireCaller: MiddlewareHandler<ApiEnv>;
  /** Whose key or one-time code this is. @throws `UNAUTHENTICATED`, `CODE_NOT_ACCEPTED` */
  signIn(c: Context<ApiEnv>, presented: { key: string } | { code: string }): Promise<Caller>;
  /**
   * Asks somebody else who this is. Whoever has no key can make us ask: so it is counted by address, and a refusal is an event.
   * @throws `TOO_MANY_REQUESTS`
   */
  askElsewhere<T>(c: Context<ApiEnv>, ask: () => Promise<T>): Promise<T>;
}

export interface AuthenticationNeeds {
  limits: Limits;
  addressOf: AddressOf;
  security: SecurityLog;
  requests: Pick<RequestLimits, 'signIn'>;
}

export function createAuthentication(
  control: Control,
  { limits, addressOf, security, requests }: AuthenticationNeeds,
): Authentication {
  const keys = createKeyLookup(control);
  const sessions = createSessionLookup(control);
  const failures = createBuckets(limits.failuresPerMinute / 60, limits.failuresPerMinute, control.clock);
  const elsewhere = createBuckets(limits.failuresPerMinute / 60, limits.failuresPerMinute, control.clock);
  const cookie = cookieName(control.publicUrl);
  // What a cookie authenticates must come from our own pages; what a key does may come from anywhere.
  const sameSite = csrf({ origin: new URL(control.publicUrl).origin, secFetchSite: 'same-origin' });

  const refused = (c: Context<ApiEnv>, error: ControlError): ControlError => {
    // What is left of a body that nobody reads is not waited for.
    if (!['GET', 'HEAD'].includes(c.req.method)) c.header('Connection', 'close');
    const wait = failures.take(addressOf(c).counted);
    return wait > 0 ? tooMany(wait) : error;
  };
  const noteRefused = (c: Context<ApiEnv>, what: string): Promise<void> =>
    security.note({
      tenantId: null,
      actor: 'unknown',
      action: `${what}.refused`,
      subject: `address:${addressOf(c).counted}`,
      requestId: c.get('requestId'),
    });
  const requireNetwork = async (c: Context<ApiEnv>, caller: Caller): Promise<void> => {
    if (caller.networks === null || caller.networks === undefined) return;
    const { exact, counted } = addressOf(c);
    if (exact !== undefined && isWithin(exact, caller.networks)) return;
    const { actor, tenantId } = caller;
    const event = { tenantId, actor, action: 'address.refused', subject: `address:${counted}` };
    await security.note({ ...event, requestId: c.get('requestId') });
    throw refused(c, addressNotAllowed());
  };

  return {
    requireCaller: async (c, next) => {
      const header = c.req.header('authorization');
      const token = header === undefined ? getCookie(c, cookie) : undefined;
      if (token !== undefined && token.length <= longest) {
        const caller = await authenticateSession(sessions, token, c.get('requestId'));
        // Sessions end every day: that is no event.
        if (caller === undefined) throw refused(c, signedOut());
        await requireNetwork(c, caller);
        c.set('caller', caller);
        try {
          return await sameSite(c, next);
        } catch (error) {
          throw error instanceof HTTPException ? crossSite() : error;
        }
      }
      const key = presentedKey(header);
      const caller = key === undefined ? undefined : await authenticate(keys, key, c.get('requestId'));
      if (caller === undefined) {
        await noteRefused(c, 'key');
        throw refused(c, unauthenticated());
      }
      await requireNetwork(c, caller);
      c.set('caller', caller);
      await next();
    },
    signIn: async (c, presented) => {
      const caller = await identify(c, presented);
      await requireNetwork(c, caller);
      requests.signIn(caller);
      return caller;
    },
    askElsewhere: async (c, ask) => {
      const wait = elsewhere.take(addressOf(c).counted);
      if (wait > 0) throw tooMany(wait);
      try {
        return await ask();
      } catch (error) {
        const isRefusal = error instanceof ControlError && ['unauthenticated', 'forbidden'].includes(error.kind);
        if (isRefusal) await noteRefused(c, 'sign-in');
        throw error;
      }
    },
  };

  async function identify(c: Context<ApiEnv>, presented: { key: string } | { code: string }): Promise<Caller> {
    const id = c.get('requestId');
    if ('key' in presented) {
      const caller = await authenticate(keys, presented.key, id);
      if (caller !== undefined) return caller;
      await noteRefused(c, 'sign-in');
      throw refused(c, keyNotAccepted());
    }
    try {
      return await redeemLoginCode(control, presented.code, id);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      await noteRefused(c, 'sign-in');
      throw refused(c, error);
    }
  }
}

function presentedKey(header: string | undefined): string | undefined {
  const [scheme, key, ...rest] = (header ?? '').split(' ');
  const usable = scheme?.toLowerCase() === 'bearer' && key && rest.length === 0 && key.length <= longest;
  return usable ? key : undefined;
}

function keyNotAccepted(): ControlError {
  return new ControlError({
    kind: 'unauthenticated',
    code: 'UNAUTHENTICATED',
    message: 'This key is not accepted: it is wrong, expired or revoked.',
    fix: 'Check that the whole key was pasted, or ask an administrator for a new one.',
  });
}

function signedOut(): ControlError {
  return new ControlError({
    kind: 'unauthenticated',
    code: 'SIGNED_OUT',
    message: 'You are signed out: the session has ended.',
    fix: 'Sign in again.',
  });
}

function addressNotAllowed(): ControlError {
  return new ControlError({
    kind: 'forbidden',
    code: 'ADDRESS_NOT_ALLOWED',
    message: 'This key may not be used from this address.',
    fix: 'Use it from one of its networks, or ask an administrator for a key for this one. Behind a proxy, the operator has to name the proxy in CROSSWALK_TRUSTED_PROXIES.',
  });
}

function crossSite(): ControlError {
  return new ControlError({
    kind: 'forbidden',
    code: 'CROSS_SITE',
    message: 'This request came from another site, with the session of the console.',
    fix: 'Use the console itself, or send an API key.',
  });
}
