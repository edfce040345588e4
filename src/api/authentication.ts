/** The key of a request. A good one always gets through; wrong ones are counted by whoever sends them. */
import type { MiddlewareHandler } from 'hono';
import { authenticate, unauthenticated } from '../control/api-keys.ts';
import type { Control } from '../control/control.ts';
import { createKeyLookup } from '../control/key-lookup.ts';
import type { AddressOf } from './client-address.ts';
import type { ApiEnv } from './environment.ts';
import { createBuckets, type Limits, tooMany } from './limits.ts';

/** Longer than any key, so that nobody has megabytes hashed. */
const longestKey = 200;

export function requireKey(control: Control, limits: Limits, addressOf: AddressOf): MiddlewareHandler<ApiEnv> {
  const keys = createKeyLookup(control);
  const failures = createBuckets(limits.failuresPerMinute / 60, limits.failuresPerMinute, control.clock);
  return async (c, next) => {
    const key = presentedKey(c.req.header('authorization'));
    const caller = key === undefined ? undefined : await authenticate(keys, key, c.get('requestId'));
    if (caller === undefined) {
      // What is left of a body that nobody reads is not waited for.
      if (!['GET', 'HEAD'].includes(c.req.method)) c.header('Connection', 'close');
      const wait = failures.take(addressOf(c));
      throw wait > 0 ? tooMany(wait) : unauthenticated();
    }
    c.set('caller', caller);
    await next();
  };
}

function presentedKey(header: string | undefined): string | undefined {
  const [scheme, key, ...rest] = (header ?? '').split(' ');
  const usable = scheme?.toLowerCase() === 'bearer' && key && rest.length === 0 && key.length <= longestKey;
  return usable ? key : undefined;
}
