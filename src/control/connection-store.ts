/** The connections' rows: found, and written once a connection was seen working. */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { Vendor } from '../db/schema.ts';
import type { Secret } from '../vault/index.ts';
import { audit } from './audit.ts';
import type { Caller } from './caller.ts';
import { afterCommit, type Control, inTenant } from './control.ts';
import { conflict } from './errors.ts';
import { type Needs, needsOf } from './scopes.ts';
import { type Connection, portalOf } from './vendors.ts';

interface Storing {
  vendor: Vendor;
  kind: Connection['kind'];
  settings: Record<string, unknown>;
  identity: Record<string, unknown>;
  secret?: { name: string; value: Secret } | undefined;
  /** A secret that this one takes the place of. */
  drop?: string;
  allowPortalSwap?: boolean | undefined;
}

/**
 * Stores a connection that was just seen working, and lets syncs go on that had stopped for want of it: dead credential,
 * missing scope, wrong zone. What a person paused names no vendor and stays paused.
 */
export async function storeConnection(
  control: Control,
  caller: Caller,
  tenantId: string,
  connection: Storing,
): Promise<Connection> {
  const { vendor, kind, settings, identity } = connection;
  const { row, resumed } = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx) => {
      const before = await findConnection(tx, tenantId, vendor, true);
      requireSamePortal(before, identity.portalId as string | undefined, connection.allowPortalSwap ?? false);
      if (connection.secret) await control.vault.put(tx, tenantId, connection.secret.name, connection.secret.value);
      if (connection.drop) await control.vault.remove(tx, tenantId, connection.drop);
      const values = {
        kind,
        settings: JSON.stringify(settings),
        identity: JSON.stringify(identity),
        state: 'ok' as const,
        reason: null,
        checked_at: sql<Date>`now()`,
        updated_at: sql<Date>`now()`,
      };
      const row = await tx
        .insertInto('connections')
        .values({ tenant_id: tenantId, vendor, ...values })
        .onConflict((on) => on.columns(['tenant_id', 'vendor']).doUpdateSet(values))
        .returningAll()
        .executeTakeFirstOrThrow();
      await audit(tx, caller, {
        tenantId,
        action: 'connection.set',
        subject: `connection:${vendor}`,
        before: before && {
          kind: before.kind,
          settings: before.settings,
          identity: before.identity,
          state: before.state,
        },
        after: { kind, settings, identity, credentialChanged: connection.secret !== undefined },
      });
      const resumed = await tx
        .updateTable('syncs')
        .set({ state: 'enabled', reason: null, updated_at: sql`now()` })
        .where('tenant_id', '=', tenantId)
        .where('state', '=', 'paused')
        .where(sql<string>`reason->>'vendor'`, '=', vendor)
        .returning('object')
        .execute();
      for (const { object } of resumed) {
        await audit(tx, caller, {
          tenantId,
          action: 'sync.resumed',
          subject: `sync:${object}`,
          after: { reconnected: vendor },
        });
        await tx
          .updateTable('runs')
          .set({ pause_requested: false })
          .where('tenant_id', '=', tenantId)
          .where('object', '=', object)
          .where('state', 'in', ['queued', 'running', 'paused', 'waiting'])
          .execute();
      }
      return { row, resumed };
    },
    { lock: 'share' },
  );
  for (const { object } of resumed) {
    await afterCommit(control, 'resume', () => control.starter.signal(tenantId, object, 'resume'));
    await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  }
  return row;
}

/** @throws `PORTAL_SWAP`: records of another portal must not be matched with this tenant's by accident. */
export function requireSamePortal(before: Connection | undefined, portalId: string | undefined, allow: boolean): void {
  const known = before && portalOf(before);
  if (known === undefined || portalId === undefined || known === portalId || allow) return;
  throw conflict(
    'PORTAL_SWAP',
    `This tenant belongs to the HubSpot account ${known}; the credential is of ${portalId}.`,
    'Use a credential of the same account, or say `allowPortalSwap` if the tenant is to move.',
  );
}

export async function findConnection(
  tx: Tx,
  tenantId: string,
  vendor: Vendor,
  lock = false,
): Promise<Connection | undefined> {
  const query = tx.selectFrom('connections').selectAll().where('tenant_id', '=', tenantId).where('vendor', '=', vendor);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

export async function readNeeds(tx: Tx, tenantId: string): Promise<Needs[]> {
  const syncs = await tx.selectFrom('syncs').select(['object', 'config']).where('tenant_id', '=', tenantId).execute();
  return syncs.map(({ object, config }) => needsOf(object, config));
}
