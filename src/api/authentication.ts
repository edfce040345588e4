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
import { authenticateSession, createSessionLookup, redeemLoginCode } from '../control/sessions/sessions.ts';
import type { AddressOf } from './client-address.ts';
import type { ApiEnv } from './environment.ts';
import { createBuckets, type Limits, type RequestLimits, tooMany } from './limits.ts';
import { createRefusals } from './refusals.ts';
import { crossSite, keyNotAccepted, signedOut } from './sign-in-errors.ts';

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
  const refusals = createRefusals(control.clock, { limits, addressOf, security });
  const elsewhere = createBuckets(limits.failuresPerMinute / 60, limits.failuresPerMinute, control.clock);
  const cookie = cookieName(control.publicUrl);
  // What a cookie authenticates must come from our own pages; what a key does may come from anywhere.
  const sameSite = csrf({ origin: new URL(control.publicUrl).origin, secFetchSite: 'same-origin' });

  return {
    requireCaller: async (c, next) => {
      const header = c.req.header('authorization');
      const token = header === undefined ? getCookie(c, cookie) : undefined;
      if (token !== undefined && token.length <= longest) {
        const caller = await authenticateSession(sessions, token, c.get('requestId'));
        // Sessions end every day: that is no event.
        if (caller === undefined) throw refusals.answer(c, signedOut());
        await refusals.requireNetwork(c, caller);
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
        await refusals.note(c, 'key');
        throw refusals.answer(c, unauthenticated());
      }
      await refusals.requireNetwork(c, caller);
      c.set('caller', caller);
      await next();
    },
    signIn: async (c, presented) => {
      const caller = await identify(c, presented);
      await refusals.requireNetwork(c, caller);
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
        if (isRefusal) await refusals.note(c, 'sign-in');
        throw error;
      }
    },
  };

  async function identify(c: Context<ApiEnv>, presented: { key: string } | { code: string }): Promise<Caller> {
    const id = c.get('requestId');
    if ('key' in presented) {
      const caller = await authenticate(keys, presented.key, id);
      if (caller !== undefined) return caller;
      await refusals.note(c, 'sign-in');
      throw refusals.answer(c, keyNotAccepted());
    }
    try {
      return await redeemLoginCode(control, presented.code, id);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      await refusals.note(c, 'sign-in');
      throw refusals.answer(c, error);
    }
  }
}

function presentedKey(header: string | undefined): string | undefined {
  const [scheme, key, ...rest] = (header ?? '').split(' ');
  const usable = scheme?.toLowerCase() === 'bearer' && key && rest.length === 0 && key.length <= longest;
  return usable ? key : undefined;
}
