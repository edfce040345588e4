/** Undoing a connection. */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { toJsonb } from '../db/jsonb.ts';
import type { Vendor } from '../db/schema.ts';
import { syncObjects } from '../sync/config.ts';
import { audit } from './audit.ts';
import type { Caller } from './caller.ts';
import { vendorName } from './connection-loss.ts';
import { findConnection } from './connection-store.ts';
import { afterCommit, type Control, inTenant } from './control.ts';
import { notFound } from './errors.ts';
import { cancelActive } from './runs.ts';

/** Always succeeds here; the vendor is told afterwards and may fail to listen. Syncs pause, deliveries stop at once. */
export async function disconnect(control: Control, caller: Caller, tenantId: string, vendor: Vendor): Promise<void> {
  const refresh = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx, tenant) => {
      const connection = await findConnection(tx, tenantId, vendor);
      if (connection === undefined) throw notFound('connection');
      if (connection.state === 'disconnected') return undefined;
      const login = vendor === 'hubspot' ? await readRefreshToken(control, tx, tenantId) : undefined;
      for (const name of vendor === 'hubspot' ? ['hubspot.oauth', 'hubspot.token'] : ['pendo.key']) {
        await control.vault.remove(tx, tenantId, name);
      }
      await tx
        .updateTable('connections')
        .set({ state: 'disconnected', reason: null, updated_at: sql`now()` })
        .where('tenant_id', '=', tenantId)
        .where('vendor', '=', vendor)
        .execute();
      const reason = {
        code: 'DISCONNECTED',
        message: `${vendorName[vendor]} was disconnected.`,
        fix: `Connect ${vendorName[vendor]} again; the sync then resumes by itself.`,
        vendor,
      };
      await tx
        .updateTable('syncs')
        .set({ state: 'paused', reason: toJsonb(reason), updated_at: sql`now()` })
        .where('tenant_id', '=', tenantId)
        .where('state', '=', 'enabled')
        .execute();
      await tx
        .updateTable('tenants')
        .set({ epoch: tenant.epoch + 1 })
        .where('id', '=', tenantId)
        .execute();
      await cancelActive(tx, tenantId);
      await audit(tx, caller, { tenantId, action: 'connection.disconnected', subject: `connection:${vendor}` });
      return login;
    },
    { lock: 'update' },
  );
  control.vendors.forgetTokens(tenantId);
  for (const object of syncObjects) {
    await afterCommit(control, 'cancel', () => control.starter.signal(tenantId, object, 'cancel'));
    await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  }
  await revokeLogin(control, refresh);
}

/** Tells HubSpot that a login is over. It may fail to listen: here the login is gone already. */
export async function revokeLogin(control: Control, refreshToken: string | undefined): Promise<void> {
  const oauth = control.vendors.oauth();
  if (refreshToken === undefined || oauth === undefined) return;
  await afterCommit(control, 'revocation', () => oauth.revoke(refreshToken));
}

export async function readRefreshToken(control: Control, tx: Tx, tenantId: string): Promise<string | undefined> {
  const stored = await control.vault.get(tx, tenantId, 'hubspot.oauth').catch(() => undefined);
  return stored && (JSON.parse(stored.reveal()) as { refreshToken: string }).refreshToken;
}
