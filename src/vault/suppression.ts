/**
 * Forgotten people are remembered as keyed hashes only: enough to know one again at the next scan, useless without the
 * tenant's key. What is hashed: `hubspot:<record id>` and `key:<join value>` (a Pendo id is a join value), of each join value
 * also the folded and the loose spelling, so that every spelling of it is known again.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Tx } from '../db/index.ts';
import { Secret } from './secret.ts';
import type { Vault } from './vault.ts';

export type SuppressionHash = (text: string) => Buffer;

const secretName = 'suppression.key';

/** Undefined: this tenant has never forgotten anyone, so there is nothing to compare with. */
export async function openSuppression(tx: Tx, vault: Vault, tenantId: string): Promise<SuppressionHash | undefined> {
  const key = await vault.get(tx, tenantId, secretName);
  return key && hashWith(key);
}

/** As `openSuppression`, with a key made where there is none. */
export async function ensureSuppression(tx: Tx, vault: Vault, tenantId: string): Promise<SuppressionHash> {
  const known = await openSuppression(tx, vault, tenantId);
  if (known !== undefined) return known;
  const key = new Secret(randomBytes(32).toString('base64'));
  await vault.put(tx, tenantId, secretName, key);
  return hashWith(key);
}

function hashWith(key: Secret): SuppressionHash {
  const bytes = Buffer.from(key.reveal(), 'base64');
  return (text) => createHmac('sha256', bytes).update(text, 'utf8').digest();
}
