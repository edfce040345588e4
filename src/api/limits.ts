/** How often a key may ask, and how often an address may be wrong about its key. Per process, in memory. */
import type { MiddlewareHandler } from 'hono';
import type { Caller } from '../control/caller.ts';
import { ControlError } from '../control/errors.ts';
import type { ApiEnv } from './environment.ts';

export interface Limits {
  /** Requests of one key, and of one session. The keys of one tenant have four times that together. */
  perSecond: number;
  burst: number;
  /** Refused keys from one address, before they are answered with 429 instead of 401. */
  failuresPerMinute: number;
}

export const defaultLimits: Limits = { perSecond: 25, burst: 200, failuresPerMinute: 30 };

/** Beyond so many, the oldest are forgotten: an attacker must not fill the memory with addresses. */
const remembered = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket for each name. `take` answers the seconds to wait, or 0. */
export function createBuckets(perSecond: number, burst: number, now: () => number) {
  const buckets = new Map<string, Bucket>();
  const level = (name: string): Bucket => {
    const at = now();
    const known = buckets.get(name);
    // A clock that is set back takes nothing away from anybody.
    const seconds = known === undefined ? 0 : Math.max(0, at - known.at) / 1000;
    const tokens = known === undefined ? burst : Math.min(burst, known.tokens + seconds * perSecond);
    return { tokens, at };
  };
  const keep = (name: string, bucket: Bucket): void => {
    // Deleted first, so that the map's order is the order of use.
    buckets.delete(name);
    buckets.set(name, bucket);
    if (buckets.size > remembered) buckets.delete(buckets.keys().next().value!);
  };
  return {
    take: (name: string, cost = 1): number => {
      const bucket = level(name);
      const price = Math.min(cost, burst);
      const wait = bucket.tokens < price ? (price - bucket.tokens) / perSecond : 0;
      keep(name, wait > 0 ? bucket : { ...bucket, tokens: bucket.tokens - price });
      return wait;
    },
  };
}

/** A tenant with many keys and sessions has so many times what one of them has, and no more. */
const tenantShare = 4;
/** What a request counts as. Making a key lasts longer than the request does. */
const keyCost = 10;
const signInCost = 5;

export interface RequestLimits {
  /** Behind the authentication. */
  middleware: MiddlewareHandler<ApiEnv>;
  /** Of a request that brought its key along to sign in. @throws `TOO_MANY_REQUESTS` */
  signIn(caller: Caller): void;
}

export function createRequestLimits({ perSecond, burst }: Limits, now: () => number): RequestLimits {
  const single = createBuckets(perSecond, burst, now);
  const together = createBuckets(tenantShare * perSecond, tenantShare * burst, now);
  const take = (caller: Caller, cost: number): void => {
    const wait = Math.max(
      single.take(caller.session ?? caller.actor, cost),
      together.take(caller.tenantId ?? caller.actor, cost),
    );
    if (wait > 0) throw tooMany(wait);
  };
  return {
    middleware: async (c, next) => {
      const makesKey = c.req.method === 'POST' && c.req.path === '/v1/keys';
      take(c.get('caller'), makesKey ? keyCost : 1);
      await next();
    },
    signIn: (caller) => take(caller, signInCost),
  };
}

export function tooMany(retryAfter: number): ControlError {
  return new ControlError({
    kind: 'limited',
    code: 'TOO_MANY_REQUESTS',
    message: 'Too many requests.',
    fix: `Wait ${Math.max(1, Math.ceil(retryAfter))} s, and ask less often.`,
    retryAfter: Math.max(1, retryAfter),
  });
}
