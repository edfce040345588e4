/** Undoing a connection. */
import { sql } from 'kysely';
import { toJsonb } from '../../db/jsonb.ts';
import type { Vendor } from '../../db/schema.ts';
import { syncObjects } from '../../sync/config.ts';
import { vendorNames } from '../../sync/legs.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { afterCommit, type Control, inTenant } from '../control.ts';
import { notFound } from '../errors.ts';
import { cancelActive } from '../runs/start.ts';
import { readLogin } from './login-grants.ts';
import { giveBack, giveUpLogin } from './login-states.ts';
import { findConnection } from './store.ts';

/** Always succeeds here; the vendor is notified afterwards, and that may fail. Syncs pause, deliveries stop at once. */
export async function disconnect(control: Control, caller: Caller, tenantId: string, vendor: Vendor): Promise<void> {
  const login = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx, tenant) => {
      const connection = await findConnection(tx, tenantId, vendor);
      if (connection === undefined) throw notFound('connection');
      if (connection.state === 'disconnected') return undefined;
      const login = vendor === 'hubspot' ? await readLogin(control, tx, tenantId) : undefined;
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
        message: `${vendorNames[vendor]} was disconnected.`,
        fix: `Connect ${vendorNames[vendor]} again; the sync then resumes by itself.`,
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
      return login && giveUpLogin(control, tx, tenantId, login);
    },
    { lock: 'update' },
  );
  control.vendors.forgetTokens(tenantId);
  for (const object of syncObjects) {
    await afterCommit(control, 'cancel', () => control.starter.lookNow(tenantId, object));
    await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  }
  if (login !== undefined) await giveBack(control, login);
}
