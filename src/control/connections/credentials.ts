/** Telling credentials apart without holding one: who shares a credential shares its limits, and what it writes. */
import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Database } from '../../db/index.ts';
import type { ConnectionsTable } from '../../db/schema.ts';
import type { Secret } from '../../vault/index.ts';

export type Connection = Selectable<ConnectionsTable>;

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

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What a refused credential looks like, where it looks like one of another kind. Only said once the vendor has refused it: forms
 * change. Undefined: nothing stands out.
 */
export function wrongKind(vendor: 'hubspot' | 'pendo', credential: Secret): string | undefined {
  const text = credential.reveal();
  if (text.startsWith('cwk_')) return 'This is an API key of Crosswalk itself.';
  if (vendor === 'pendo') {
    return /^pat-|^na\d-|^eu\d-/.test(text) ? 'This looks like a token of HubSpot.' : undefined;
  }
  if (text.startsWith('pat-')) return undefined;
  if (uuid.test(text)) {
    return "This looks like a Pendo integration key, like an OAuth client secret, or like one of HubSpot's old API keys, which it no longer accepts.";
  }
  return 'Service keys and private-app tokens of HubSpot begin with pat-.';
}
