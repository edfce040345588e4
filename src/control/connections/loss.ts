/** A credential that a vendor no longer takes: the connection says so, and its syncs stop until a person has acted. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { toJsonb } from '../../db/jsonb.ts';
import type { Reason, Vendor } from '../../db/schema.ts';
import { vendorNames } from '../../sync/legs.ts';
import { audit } from '../audit/audit.ts';
import { systemCaller } from '../caller.ts';

/**
 * Marks the connection and pauses the tenant's enabled syncs, in the caller's transaction. Idempotent.
 *
 * @param seenAt when the credential was refused: a connection that was made since is another one
 * @returns whether the connection is lost now
 */
export async function loseConnection(
  tx: Tx,
  tenantId: string,
  vendor: Vendor,
  reason: Reason,
  seenAt = new Date(),
): Promise<boolean> {
  const changed = await tx
    .updateTable('connections')
    .set({ state: 'reconnect', reason: toJsonb(reason), checked_at: sql`now()`, updated_at: sql`now()` })
    .where('tenant_id', '=', tenantId)
    .where('vendor', '=', vendor)
    .where('state', 'in', ['unchecked', 'ok'])
    .where('updated_at', '<=', seenAt)
    .returning('vendor')
    .execute();
  if (changed.length === 0) return isLost(tx, tenantId, vendor);
  const why: Reason = {
    code: 'RECONNECT_NEEDED',
    message: `The ${vendorNames[vendor]} connection stopped working: ${reason.message}`,
    fix: `Connect ${vendorNames[vendor]} again; the sync then resumes by itself.`,
    vendor,
  };
  await tx
    .updateTable('syncs')
    .set({ state: 'paused', reason: toJsonb(why), updated_at: sql`now()` })
    .where('tenant_id', '=', tenantId)
    .where('state', '=', 'enabled')
    .execute();
  await audit(tx, systemCaller('engine'), {
    tenantId,
    action: 'connection.lost',
    subject: `connection:${vendor}`,
    after: { code: reason.code },
  });
  return true;
}

async function isLost(tx: Tx, tenantId: string, vendor: Vendor): Promise<boolean> {
  const row = await tx
    .selectFrom('connections')
    .select('state')
    .where('tenant_id', '=', tenantId)
    .where('vendor', '=', vendor)
    .executeTakeFirst();
  return row?.state !== 'ok' && row?.state !== 'unchecked';
}
