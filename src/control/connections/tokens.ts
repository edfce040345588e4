/**
 * HubSpot tokens. An OAuth access token lives 30 minutes; it is renewed ahead of its end by one holder at a time across
 * all workers and processes (the connection's row is the lock), and the new tokens are stored in that transaction.
 */
import type { LimitFunction } from 'p-limit';
import type { Database, Tx } from '../../db/index.ts';
import { ofOperator } from '../../egress/index.ts';
import type { HubSpotOAuth, TokenGrant } from '../../hubspot/index.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import { Secret, type Vault } from '../../vault/index.ts';
import { loseConnection } from './loss.ts';

/** Renewed when it has less than this to live, so that a call that starts with it also ends with it. */
const renewAheadMs = 5 * 60_000;

export interface TokenSource {
  /** A token that is good for at least some minutes. */
  token(): Promise<string>;
  /** After a 401 for this token: is there another one to try with? */
  renew(refused: string): Promise<boolean>;
}

export interface TokenSourceOptions {
  db: Database;
  vault: Vault;
  oauth: HubSpotOAuth | undefined;
  tenantId: string;
  /** Renewing holds a database connection while HubSpot answers: not all of them may be at that. */
  renewals: LimitFunction;
}

interface Held {
  access: Secret;
  /** Infinity for a token that does not expire. */
  expiresAt: number;
}

interface Stored extends Held {
  refresh?: Secret;
}

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  let held: Held | undefined;
  let renewing: Promise<Held> | undefined;

  const get = (refused?: Secret): Promise<Held> => {
    // Callers of this process share one request for the lock.
    renewing ??= obtain(options, refused).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  return {
    token: async () => {
      if (held === undefined || held.expiresAt - Date.now() < renewAheadMs) held = await get();
      return held.access.reveal();
    },
    renew: async (refused) => {
      // Many calls are refused with one token, and some hear of it only when there is a new one.
      if (held === undefined || held.access.reveal() === refused) held = await get(new Secret(refused));
      return held.access.reveal() !== refused;
    },
  };
}

async function obtain(options: TokenSourceOptions, refused: Secret | undefined): Promise<Held> {
  const { db, vault, oauth, tenantId } = options;
  const stored = await db.tenant(tenantId, (tx) => readStored(tx, vault, tenantId));
  if (stored !== undefined && isUsable(stored, refused)) return stored;
  const renew = async (tx: Tx): Promise<Held | VendorError> => {
    // One holder at a time: whoever waits here finds the new tokens when it gets the row.
    const connection = await tx
      .selectFrom('connections')
      .select(['kind', 'state'])
      .where('tenant_id', '=', tenantId)
      .where('vendor', '=', 'hubspot')
      .forUpdate()
      .executeTakeFirst();
    const newest = await readStored(tx, vault, tenantId);
    if (connection?.kind !== 'oauth' || newest?.refresh === undefined) {
      if (newest !== undefined && connection?.kind === 'token') return newest;
      return new VendorError('There is no HubSpot connection.', {
        vendor: 'hubspot',
        kind: 'unauthorised',
        code: 'NOT_CONNECTED',
      });
    }
    if (isUsable(newest, refused)) return newest;
    if (oauth === undefined) {
      throw ofOperator(
        'hubspot',
        'OAUTH_NOT_CONFIGURED',
        'This installation has no HubSpot app to renew the login with.',
      );
    }
    try {
      const grant = await oauth.refresh(newest.refresh.reveal());
      await storeGrant(tx, vault, tenantId, grant);
      return { access: new Secret(grant.accessToken), expiresAt: grant.expiresAt };
    } catch (error) {
      // Only a dead grant is the tenant's matter; an outage, or a fault of the operator's app, leaves the row as it is.
      if (!(error instanceof VendorError) || error.kind !== 'unauthorised') throw error;
      await loseConnection(tx, tenantId, 'hubspot', {
        code: error.code,
        message: 'HubSpot no longer accepts this login: the app was removed, or its access was revoked.',
        fix: 'Connect HubSpot again. The sync continues where it stopped.',
      });
      return error;
    }
  };
  const outcome = await options.renewals(() => db.tenant(tenantId, renew));
  // The loss must be committed, so the error leaves the transaction as a value.
  if (outcome instanceof VendorError) throw outcome;
  return outcome;
}

/** Stores what HubSpot granted; call it in the transaction that holds the connection's row. */
export async function storeGrant(tx: Tx, vault: Vault, tenantId: string, grant: TokenGrant, name = 'hubspot.oauth') {
  const { accessToken, refreshToken, expiresAt } = grant;
  await vault.put(tx, tenantId, name, new Secret(JSON.stringify({ accessToken, refreshToken, expiresAt })));
}

async function readStored(tx: Tx, vault: Vault, tenantId: string): Promise<Stored | undefined> {
  const oauth = await vault.get(tx, tenantId, 'hubspot.oauth');
  if (oauth !== undefined) {
    const stored = JSON.parse(oauth.reveal()) as { accessToken: string; refreshToken: string; expiresAt: number };
    return {
      access: new Secret(stored.accessToken),
      refresh: new Secret(stored.refreshToken),
      expiresAt: stored.expiresAt,
    };
  }
  const token = await vault.get(tx, tenantId, 'hubspot.token');
  return token === undefined ? undefined : { access: token, expiresAt: Number.POSITIVE_INFINITY };
}

function isUsable(held: Held, refused: Secret | undefined): boolean {
  // HubSpot's tokens live in real time, whatever clock the runs go by.
  if (held.expiresAt - Date.now() < renewAheadMs) return false;
  return refused === undefined || held.access.reveal() !== refused.reveal();
}
