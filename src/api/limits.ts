/** How often a key may ask, and how often an address may be wrong about its key. Per process, in memory. */
import type { MiddlewareHandler } from 'hono';
import { ControlError } from '../control/errors.ts';
import type { ApiEnv } from './environment.ts';

export interface Limits {
  /** Requests of one key. */
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
    const tokens = known === undefined ? burst : Math.min(burst, known.tokens + ((at - known.at) / 1000) * perSecond);
    return { tokens, at };
  };
  const keep = (name: string, bucket: Bucket): void => {
    // Deleted first, so that the map's order is the order of use.
    buckets.delete(name);
    buckets.set(name, bucket);
    if (buckets.size > remembered) buckets.delete(buckets.keys().next().value!);
  };
  return {
    take: (name: string): number => {
      const bucket = level(name);
      const wait = bucket.tokens < 1 ? (1 - bucket.tokens) / perSecond : 0;
      keep(name, wait > 0 ? bucket : { ...bucket, tokens: bucket.tokens - 1 });
      return wait;
    },
  };
}

/** Behind the authentication. */
export function limitRequests(limits: Limits, now: () => number): MiddlewareHandler<ApiEnv> {
  const requests = createBuckets(limits.perSecond, limits.burst, now);
  return async (c, next) => {
    const wait = requests.take(c.get('caller').session ?? c.get('caller').actor);
    if (wait > 0) throw tooMany(wait);
    await next();
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
