/** The sources of access tokens that this process has open, one for each connection to HubSpot. */
import pLimit from 'p-limit';
import type { Database } from '../../db/index.ts';
import type { HubSpotOAuth } from '../../hubspot/index.ts';
import type { Vault } from '../../vault/index.ts';
import type { Connection } from './credentials.ts';
import { createTokenSource, type TokenSource } from './tokens.ts';

/** Of all tenants of this process together. */
const renewalsAtOnce = 4;

export interface TokenSources {
  /** One as long as the connection stays as it is: another process may have stored another credential. */
  of(connection: Connection): TokenSource;
  forget(tenantId: string): void;
}

export function createTokenSources(db: Database, vault: Vault, oauth: HubSpotOAuth | undefined): TokenSources {
  const renewals = pLimit(renewalsAtOnce);
  const sources = new Map<string, { since: number; source: TokenSource }>();
  return {
    of({ tenant_id: tenantId, updated_at }) {
      const since = updated_at.getTime();
      const known = sources.get(tenantId);
      if (known?.since === since) return known.source;
      const source = createTokenSource({ db, vault, oauth, tenantId, renewals });
      if (sources.size > 10_000) sources.clear();
      sources.set(tenantId, { since, source });
      return source;
    },
    forget: (tenantId) => void sources.delete(tenantId),
  };
}
