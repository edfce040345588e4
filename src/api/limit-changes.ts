/** A tenant's changes are bounded by the entries that they leave in the audit trail. */
import type { MiddlewareHandler } from 'hono';
import { requireRoomInTrail } from '../control/audit/audit-quota.ts';
import type { Control } from '../control/control.ts';
import type { ApiEnv } from './environment.ts';

/** What stops something: it stays possible when nothing else is. */
const stopping = /\/(pause|disable|cancel)$/;

export function limitChanges(control: Control): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const changes = ['POST', 'PUT', 'PATCH'].includes(c.req.method) && !stopping.test(c.req.path);
    const asked = /^\/v1\/tenants\/([A-Za-z0-9_-]{1,64})(\/|$)/.exec(c.req.path)?.[1];
    const { tenantId } = c.get('caller');
    const of = tenantId ?? asked;
    // Of another's tenant the answer is 404, further on.
    if (changes && of !== undefined && (asked === undefined || asked === of)) await requireRoomInTrail(control, of);
    await next();
  };
}
