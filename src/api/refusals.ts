/** What follows when somebody is not let in: it is counted by address, slowed down, and recorded. */
import type { Context } from 'hono';
import type { SecurityLog } from '../control/audit/security-log.ts';
import type { Caller } from '../control/caller.ts';
import type { ControlError } from '../control/errors.ts';
import { isWithin } from '../control/keys/networks.ts';
import type { AddressOf } from './client-address.ts';
import type { ApiEnv } from './environment.ts';
import { createBuckets, type Limits, tooMany } from './limits.ts';
import { addressNotAllowed } from './sign-in-errors.ts';

export interface Refusals {
  /** What to answer: the error, or `TOO_MANY_REQUESTS` to an address that was refused too often. */
  answer(c: Context<ApiEnv>, error: ControlError): ControlError;
  /** Records `<what>.refused` in the security log. */
  note(c: Context<ApiEnv>, what: 'key' | 'sign-in'): Promise<void>;
  /** @throws `ADDRESS_NOT_ALLOWED` when the caller's key is bound to other networks. */
  requireNetwork(c: Context<ApiEnv>, caller: Caller): Promise<void>;
}

interface RefusalNeeds {
  limits: Limits;
  addressOf: AddressOf;
  security: SecurityLog;
}

export function createRefusals(clock: Parameters<typeof createBuckets>[2], needs: RefusalNeeds): Refusals {
  const { limits, addressOf, security } = needs;
  const failures = createBuckets(limits.failuresPerMinute / 60, limits.failuresPerMinute, clock);

  const answer: Refusals['answer'] = (c, error) => {
    // What is left of a body that nobody reads is not waited for.
    if (!['GET', 'HEAD'].includes(c.req.method)) c.header('Connection', 'close');
    const wait = failures.take(addressOf(c).counted);
    return wait > 0 ? tooMany(wait) : error;
  };

  return {
    answer,
    note: (c, what) =>
      security.note({
        tenantId: null,
        actor: 'unknown',
        action: `${what}.refused`,
        subject: `address:${addressOf(c).counted}`,
        requestId: c.get('requestId'),
      }),
    requireNetwork: async (c, caller) => {
      if (caller.networks === null || caller.networks === undefined) return;
      const { exact, counted } = addressOf(c);
      if (exact !== undefined && isWithin(exact, caller.networks)) return;
      const { actor, tenantId } = caller;
      const event = { tenantId, actor, action: 'address.refused', subject: `address:${counted}` };
      await security.note({ ...event, requestId: c.get('requestId') });
      throw answer(c, addressNotAllowed());
    },
  };
}
