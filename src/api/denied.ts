/** Tries that a key had no right to, in the audit trail of the key's own tenant: nobody learns there whose things they were. */
import type { Context } from 'hono';
import type { Caller } from '../control/caller.ts';
import { ControlError } from '../control/errors.ts';
import type { ApiEnv } from './environment.ts';
import { routeOf } from './route-of.ts';

export async function noteDenied(c: Context<ApiEnv>, error: unknown): Promise<void> {
  const caller: Caller | undefined = c.get('caller');
  if (!(error instanceof ControlError) || error.event === undefined || caller === undefined) return;
  const { tenantId, actor } = caller;
  const subject = `${c.req.method} ${routeOf(c)}`;
  const detail = { code: error.code };
  await c
    .get('security')
    .note({ tenantId, actor, action: error.event, subject, requestId: c.get('requestId'), detail });
}
