/** A tenant's connection as vendors are called with it, and which account it belongs to. */
import type { Tx } from '../../db/index.ts';
import type { Vendor } from '../../db/schema.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { Connection } from './credentials.ts';

/** @throws VendorError of kind `unauthorised`, code `NOT_CONNECTED` or `RECONNECT_NEEDED`. */
export async function usableConnection(tx: Tx, tenantId: string, vendor: Vendor): Promise<Connection> {
  const connection = await tx
    .selectFrom('connections')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('vendor', '=', vendor)
    .executeTakeFirst();
  if (connection === undefined || connection.state === 'disconnected') throw notConnected(vendor);
  if (connection.state === 'reconnect') {
    throw new VendorError(`The ${vendor} connection needs to be made again.`, {
      vendor,
      kind: 'unauthorised',
      code: 'RECONNECT_NEEDED',
    });
  }
  return connection;
}

export function notConnected(vendor: Vendor): VendorError {
  return new VendorError(`There is no ${vendor} connection.`, { vendor, kind: 'unauthorised', code: 'NOT_CONNECTED' });
}

export function portalOf(connection: Connection): string | undefined {
  const { portalId } = connection.identity;
  return portalId === undefined ? undefined : String(portalId);
}

/** Marks by which this Pendo subscription is recognised, if any are known. */
export function subscriptionOf(connection: Connection): string | undefined {
  const { subscription } = connection.identity;
  return subscription === undefined ? undefined : String(subscription);
}
