import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** Writers share the tenant's lock; a rotation waits for them and keeps new ones out until it has committed. */
export async function lock(tx: Tx, tenantId: string, purpose: 'use' | 'first' | 'rotate'): Promise<void> {
  if (purpose === 'use')
    await sql`select pg_advisory_xact_lock_shared(hashtextextended(${`vault:${tenantId}`}, 0))`.execute(tx);
  if (purpose === 'rotate')
    await sql`select pg_advisory_xact_lock(hashtextextended(${`vault:${tenantId}`}, 0))`.execute(tx);
  if (purpose === 'first')
    await sql`select pg_advisory_xact_lock(hashtextextended(${`vault-first:${tenantId}`}, 0))`.execute(tx);
}
