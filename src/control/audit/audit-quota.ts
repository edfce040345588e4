/** How many entries one tenant's changes may leave in a day. What ends or removes something is never refused for it. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { Control } from '../control.ts';
import { dayMs, quotaMet } from '../quota.ts';

/** They come with no change, and nobody's changes are refused for them. */
const events = ['scope.denied', 'tenant.denied', 'address.refused', 'records.read'];

/** @throws `AUDIT_QUOTA` */
export async function requireRoomInTrail(
  control: Pick<Control, 'db' | 'quotas' | 'clock'>,
  tenantId: string,
): Promise<void> {
  const limit = control.quotas?.auditRowsPerDay;
  if (limit === undefined) return;
  const now = control.clock();
  const since = new Date(now - dayMs);
  const oldest = await control.db.tenant(tenantId, async (tx) =>
    (await isBusy(tx, tenantId, limit, since)) ? nthNewest(tx, tenantId, limit, since) : undefined,
  );
  if (oldest === undefined) return;
  throw quotaMet(
    {
      code: 'AUDIT_QUOTA',
      message: `This tenant was changed ${limit} times within 24 hours, and may be no more often.`,
      fix: 'Find out what changes it all the time: the audit trail names the key. Runs go on, and things can be paused, disabled, revoked and deleted. The operator can raise CROSSWALK_AUDIT_ROWS_PER_DAY.',
      limit,
      freeAt: new Date(oldest.getTime() + dayMs),
    },
    now,
  );
}

/** Two looks at an index, for most tenants on most days. */
async function isBusy(tx: Tx, tenantId: string, limit: number, since: Date): Promise<boolean> {
  const { rows } = await sql<{ at: Date | null }>`
    select a.at from audit_links l join audit a on a.id = l.audit_id
    where coalesce(l.tenant_id, '') = ${tenantId}
      and l.seq = (select max(seq) from audit_links where coalesce(tenant_id, '') = ${tenantId}) - ${limit - 1}`.execute(
    tx,
  );
  const at = rows[0]?.at ?? null;
  return at !== null && at > since;
}

async function nthNewest(tx: Tx, tenantId: string, limit: number, since: Date): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date }>`
    select at from audit where tenant_id = ${tenantId} and action <> all(${events})
    order by id desc offset ${limit - 1} limit 1`.execute(tx);
  const at = rows[0]?.at;
  return at !== undefined && at > since ? at : undefined;
}
