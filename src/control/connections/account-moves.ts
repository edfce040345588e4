/** A connection may lead to another HubSpot account or Pendo subscription than before: is that wanted, and what then ends? */
import type { Tx } from '../../db/index.ts';
import type { Recognised } from '../../pendo/index.ts';
import type { Kinship } from '../../sync/subscription.ts';
import { conflict } from '../errors.ts';
import { cancelActive } from '../runs/start.ts';
import type { Connection } from './credentials.ts';
import { portalOf } from './usable-connection.ts';

/** Of a Pendo key that was just tried. */
export interface ComparedSubscription {
  recognised: Recognised;
  /** The connection that it was compared with. */
  knownSince: Date | undefined;
  /** A key was given; else only settings change. */
  isNewKey: boolean;
  allowSwap: boolean;
}

export function movesAccount(
  before: Connection | undefined,
  portalId: string | undefined,
  subscription: ComparedSubscription | undefined,
): boolean {
  return before !== undefined && (movesPortal(before, portalId) || movesSubscription(subscription));
}

function movesPortal(before: Connection, portalId: string | undefined): boolean {
  const known = portalOf(before);
  return known !== undefined && portalId !== undefined && known !== portalId;
}

/** Counts as moved too if it could not be compared and a person confirmed the move. */
function movesSubscription(subscription: ComparedSubscription | undefined): boolean {
  if (subscription === undefined) return false;
  const { recognised, isNewKey, allowSwap } = subscription;
  return isAsked(recognised.kinship) || (recognised.kinship === 'unknown' && isNewKey && allowSwap);
}

/**
 * The ids of one HubSpot account or Pendo subscription mean nothing, or somebody else, in another: runs that know them end,
 * also one that was held and may be approved, and what is remembered by them is forgotten.
 */
export async function leaveAccount(tx: Tx, { id, epoch }: { id: string; epoch: number }): Promise<void> {
  await tx
    .updateTable('tenants')
    .set({ epoch: epoch + 1 })
    .where('id', '=', id)
    .execute();
  await cancelActive(tx, id);
  for (const table of ['hubspot_records', 'pendo_records', 'sent_values'] as const) {
    await tx.deleteFrom(table).where('tenant_id', '=', id).execute();
  }
}

/** May this be another subscription? Where nothing can be compared there is nothing to ask about. */
function isAsked(kinship: Kinship): boolean {
  return kinship === 'another' || kinship === 'emptied' || kinship === 'otherFields';
}

const subscriptionDiffers = {
  another:
    'The key is of another Pendo subscription than this tenant has: they have no guide, page, feature or track type in common.',
  emptied:
    'The key may be of another Pendo subscription than this tenant has: it lists no guide, page, feature or track type, and there were some.',
  otherFields:
    'The key may be of another Pendo subscription than this tenant has: they have no metadata field in common.',
} as const;

/** @throws `SUBSCRIPTION_SWAP`: values of another subscription must not be matched with this tenant's by accident; `CHANGED_MEANWHILE`. */
export function requireSameSubscription(
  before: Connection | undefined,
  { recognised: { kinship }, knownSince, allowSwap }: ComparedSubscription,
): void {
  if (before?.updated_at.getTime() !== knownSince?.getTime()) {
    throw conflict('CHANGED_MEANWHILE', 'The Pendo connection was changed while the key was tried.', 'Try again.');
  }
  if (allowSwap || kinship === 'same' || kinship === 'unknown') return;
  throw conflict(
    'SUBSCRIPTION_SWAP',
    subscriptionDiffers[kinship],
    'Use a key of the same subscription, or confirm with `allowSubscriptionSwap: true` if the tenant is to move: what was read and remembered here then ends, and the next run reads everything.',
  );
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
