/** Telling credentials apart without holding one: who shares a credential shares its limits, and what it writes. */
import { createHash } from 'node:crypto';
import type { Database } from '../db/index.ts';
import type { Secret } from '../vault/index.ts';
import type { Connection } from './vendors.ts';

/** Stored in plain: the secrets of both vendors are random, so nobody finds one by trying. */
export function fingerprint(secret: Secret): string {
  return createHash('sha256').update('crosswalk budget').update(secret.reveal()).digest('hex').slice(0, 16);
}

/** Connections that were made by an earlier version have none, or one of the credential before. */
export async function noteCredential(db: Database, connection: Connection, credential: string): Promise<void> {
  if (connection.credential === credential) return;
  const { tenant_id: tenantId, vendor } = connection;
  await db.tenant(tenantId, (tx) =>
    tx
      .updateTable('connections')
      .set({ credential })
      .where('tenant_id', '=', tenantId)
      .where('vendor', '=', vendor)
      .execute(),
  );
}
