/**
 * Who a request comes from: an API key in its header, or else a session in its cookie. Good ones always get through; wrong
 * ones are counted by whoever sends them.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { authenticate, unauthenticated } from '../control/api-keys.ts';
import type { Caller } from '../control/caller.ts';
import type { Control } from '../control/control.ts';
import { ControlError } from '../control/errors.ts';
import { createKeyLookup } from '../control/key-lookup.ts';
import { authenticateSession, createSessionLookup, redeemLoginCode } from '../control/sessions/sessions.ts';
import type { AddressOf } from './client-address.ts';
import type { ApiEnv } from './environment.ts';
import { createBuckets, type Limits, tooMany } from './limits.ts';

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
}

export function createAuthentication(control: Control, limits: Limits, addressOf: AddressOf): Authentication {
  const keys = createKeyLookup(control);
  const sessions = createSessionLookup(control);
  const failures = createBuckets(limits.failuresPerMinute / 60, limits.failuresPerMinute, control.clock);
  const cookie = cookieName(control.publicUrl);
  // What a cookie authenticates must come from our own pages; what a key does may come from anywhere.
  const sameSite = csrf({ origin: new URL(control.publicUrl).origin, secFetchSite: 'same-origin' });

  const refused = (c: Context<ApiEnv>, error: ControlError): ControlError => {
    // What is left of a body that nobody reads is not waited for.
    if (!['GET', 'HEAD'].includes(c.req.method)) c.header('Connection', 'close');
    const wait = failures.take(addressOf(c));
    return wait > 0 ? tooMany(wait) : error;
  };

  return {
    requireCaller: async (c, next) => {
      const header = c.req.header('authorization');
      const token = header === undefined ? getCookie(c, cookie) : undefined;
      if (token !== undefined && token.length <= longest) {
        const caller = await authenticateSession(sessions, token, c.get('requestId'));
        if (caller === undefined) throw refused(c, signedOut());
        c.set('caller', caller);
        try {
          return await sameSite(c, next);
        } catch (error) {
          throw error instanceof HTTPException ? crossSite() : error;
        }
      }
      const key = presentedKey(header);
      const caller = key === undefined ? undefined : await authenticate(keys, key, c.get('requestId'));
      if (caller === undefined) throw refused(c, unauthenticated());
      c.set('caller', caller);
      await next();
    },
    signIn: async (c, presented) => {
      if ('code' in presented) {
        return redeemLoginCode(control, presented.code, c.get('requestId')).catch((error: unknown) => {
          throw error instanceof ControlError ? refused(c, error) : error;
        });
      }
      const caller = await authenticate(keys, presented.key, c.get('requestId'));
      if (caller === undefined) throw refused(c, keyNotAccepted());
      return caller;
    },
  };
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

function crossSite(): ControlError {
  return new ControlError({
    kind: 'forbidden',
    code: 'CROSS_SITE',
    message: 'This request came from another site, with the session of the console.',
    fix: 'Use the console itself, or send an API key.',
  });
}
