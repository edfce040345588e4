/** Grants of HubSpot logins: what is not kept is revoked there, so that nobody holds access that nobody meant to give. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { TokenGrant } from '../../hubspot/index.ts';
import type { Control } from '../control.ts';

/** What is needed to give one back. */
export interface HeldLogin {
  refreshToken: string;
  /** Undefined where the login ended before HubSpot had named the account. */
  portalId: string | undefined;
}

/** The login that the tenant works with. */
export async function readLogin(control: Control, tx: Tx, tenantId: string): Promise<HeldLogin | undefined> {
  const stored = await control.vault.get(tx, tenantId, 'hubspot.oauth').catch(() => undefined);
  if (stored === undefined) return undefined;
  const { rows } = await sql<{ portal: string | null }>`
    select identity->>'portalId' as portal from connections where tenant_id = ${tenantId} and vendor = 'hubspot'`.execute(
    tx,
  );
  const { refreshToken } = JSON.parse(stored.reveal()) as TokenGrant;
  return { refreshToken, portalId: rows[0]?.portal ?? undefined };
}

/** Logins of the tenant that came back from HubSpot and were never kept. */
export async function readPendingLogins(control: Control, tx: Tx, tenantId: string): Promise<HeldLogin[]> {
  const rows = await tx
    .selectFrom('oauth_states')
    .select(['secret', 'identity'])
    .where('tenant_id', '=', tenantId)
    .where('stage', '=', 'confirm')
    .execute();
  const pending: HeldLogin[] = [];
  for (const { secret, identity } of rows) {
    const grant = await control.vault.get(tx, tenantId, secret).catch(() => undefined);
    if (grant !== undefined) pending.push(toHeld(JSON.parse(grant.reveal()) as TokenGrant, identity));
  }
  return pending;
}

export function toHeld({ refreshToken, hubId }: TokenGrant, identity: Record<string, unknown>): HeldLogin {
  return { refreshToken, portalId: portalOf({ portalId: identity.portalId ?? hubId }) };
}

export function portalOf({ portalId }: Record<string, unknown>): string | undefined {
  return portalId === undefined || portalId === null ? undefined : String(portalId);
}

/** @throws when HubSpot does not do it. A token that a connection works with stays. */
export async function revoke(control: Control, login: HeldLogin): Promise<void> {
  const oauth = control.vendors.oauth();
  if (oauth === undefined || (await isInUse(control, login))) return;
  await oauth.revoke(login.refreshToken);
}

/** No source says that HubSpot makes a new refresh token for each login of one account, so two logins may share one. */
async function isInUse(control: Control, { refreshToken, portalId }: HeldLogin): Promise<boolean> {
  return control.db.platform(async (tx) => {
    let query = tx
      .selectFrom('connections')
      .select('tenant_id')
      .where('vendor', '=', 'hubspot')
      .where('kind', '=', 'oauth')
      .where('state', '!=', 'disconnected');
    if (portalId !== undefined) query = query.where(sql<string>`identity->>'portalId'`, '=', portalId);
    for (const { tenant_id } of await query.execute()) {
      const stored = await control.vault.get(tx, tenant_id, 'hubspot.oauth').catch(() => undefined);
      if (stored !== undefined && (JSON.parse(stored.reveal()) as TokenGrant).refreshToken === refreshToken)
        return true;
    }
    return false;
  });
}
