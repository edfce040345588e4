/** Vendor clients for a tenant: its connection row, its credential from the vault, its share of the budget. */
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/index.ts';
import {
  type GuardedFetch,
  hubSpotAuthorizeOrigin,
  hubSpotOrigins,
  type PendoRegion,
  pendoOrigins,
  recordedFetch,
} from '../../egress/index.ts';
import { createHubSpot, createHubSpotOAuth, type HubSpotClient, type HubSpotOAuth } from '../../hubspot/index.ts';
import { createPendo, type PendoClient } from '../../pendo/index.ts';
import { type PendoSettings, pendoSettingsSchema } from '../../sync/config.ts';
import type { Secret, Vault } from '../../vault/index.ts';
import { type Connection, fingerprint, noteCredential } from './credentials.ts';
import { withStoredSettings } from './stored-settings.ts';
import { createTokenSources, type TokenSources } from './token-sources.ts';
import { notConnected, portalOf, subscriptionOf, usableConnection } from './usable-connection.ts';
import type { UsageMeter } from './usage-meter.ts';
import { createVendorBudgets, type VendorBudgets } from './vendor-budgets.ts';
import { boundedUse, counting, type VendorUse } from './vendor-use.ts';

export type { VendorUse };

export interface OpenVendors {
  hubspot: HubSpotClient;
  pendo: PendoClient;
  pendoSettings: PendoSettings;
  portalId: string | undefined;
}

export interface Vendors {
  /**
   * Both clients of a tenant. Cheap: reads two rows; tokens are fetched at the first call.
   * @throws VendorError of kind `unauthorised`, code `NOT_CONNECTED` or `RECONNECT_NEEDED`.
   */
  open(tenantId: string, use?: VendorUse): Promise<OpenVendors>;
  hubspot(tenantId: string, use?: VendorUse): Promise<HubSpotClient>;
  pendo(tenantId: string, use?: VendorUse): Promise<{ client: PendoClient; settings: PendoSettings }>;
  /** With a credential that is not stored yet. */
  tryHubSpot(tenantId: string, token: Secret): HubSpotClient;
  tryPendo(tenantId: string, key: Secret, region: PendoRegion): PendoClient;
  /** Undefined where the deployment has no HubSpot app. */
  oauth(): HubSpotOAuth | undefined;
  /** Drops what this process remembers of the tenant's tokens. */
  forgetTokens(tenantId: string): void;
}

export interface VendorsOptions {
  db: Database;
  vault: Vault;
  fetch: GuardedFetch;
  /** Asks for the state of a run with each permission to make a call. */
  gate?: ((runId: string) => Promise<string>) | undefined;
  config: Pick<Config, 'hubspot' | 'pendo'> & Partial<Pick<Config, 'heartbeatTimeoutMs'>>;
  /** Of all requests of one use that is no run's, in ms. Default one minute. */
  answerWithinMs?: number | undefined;
  /** Base of the callback address. */
  publicUrl: string;
  /** Left out: nothing is recorded of what is used. */
  usage?: UsageMeter | undefined;
}

/** What the clients of all tenants have in common. */
interface Shared extends VendorsOptions {
  budgets: VendorBudgets;
  sources: TokenSources;
  hubspotBase: string;
}

export function createVendors(options: VendorsOptions): Vendors {
  const { db, vault, config } = options;
  const hubspotBase = config.hubspot.baseUrl ?? hubSpotOrigins[0];
  const oauth = openOAuth(options, hubspotBase);
  const budgets = createVendorBudgets(db, options.gate, config.heartbeatTimeoutMs);
  const sources = createTokenSources(db, vault, oauth);
  const shared: Shared = { ...options, budgets, sources, hubspotBase };
  return {
    open: async (tenantId, use = {}) => {
      const [hubspot, pendo] = await db.tenant(tenantId, async (tx) => [
        await usableConnection(tx, tenantId, 'hubspot'),
        await usableConnection(tx, tenantId, 'pendo'),
      ]);
      const { client, settings } = await openPendo(shared, pendo!, use);
      return {
        hubspot: await openHubSpot(shared, hubspot!, use),
        pendo: client,
        pendoSettings: settings,
        portalId: portalOf(hubspot!),
      };
    },
    hubspot: async (tenantId, use = {}) =>
      openHubSpot(shared, await db.tenant(tenantId, (tx) => usableConnection(tx, tenantId, 'hubspot')), use),
    pendo: async (tenantId, use = {}) =>
      openPendo(shared, await db.tenant(tenantId, (tx) => usableConnection(tx, tenantId, 'pendo')), use),
    tryHubSpot: (_tenantId, token) =>
      createHubSpot({
        baseUrl: hubspotBase,
        apiVersion: config.hubspot.apiVersion,
        token: async () => token.reveal(),
        budget: budgets.hubspot('not known yet', `token ${fingerprint(token)}`),
        ...boundedUse(options.fetch, {}, options.answerWithinMs),
      }),
    tryPendo: (_tenantId, key, region) =>
      createPendo({
        baseUrl: pendoBase(shared, region),
        key: async () => key.reveal(),
        budget: budgets.pendo(fingerprint(key), 1),
        ...boundedUse(options.fetch, {}, options.answerWithinMs),
      }),
    oauth: () => oauth,
    forgetTokens: sources.forget,
  };
}

function openOAuth({ config, fetch, publicUrl }: VendorsOptions, baseUrl: string): HubSpotOAuth | undefined {
  const { clientId, clientSecret, apiVersion } = config.hubspot;
  if (clientId === undefined || clientSecret === undefined) return undefined;
  return createHubSpotOAuth({
    baseUrl,
    authorizeBaseUrl: config.hubspot.authorizeUrl ?? config.hubspot.baseUrl ?? hubSpotAuthorizeOrigin,
    apiVersion,
    clientId,
    clientSecret,
    redirectUri: `${publicUrl}/v1/oauth/hubspot/callback`,
    fetch,
    timeouts: { headers: 10_000, total: 15_000 },
  });
}

async function openHubSpot(shared: Shared, connection: Connection, use: VendorUse): Promise<HubSpotClient> {
  const source = shared.sources.of(connection);
  const app = await appOf(shared, connection);
  const portalId = portalOf(connection) ?? connection.tenant_id;
  const budget = shared.budgets.hubspot(portalId, app, connection.identity.timeZone as string | undefined);
  return createHubSpot({
    baseUrl: shared.hubspotBase,
    apiVersion: shared.config.hubspot.apiVersion,
    token: source.token,
    onUnauthorised: source.renew,
    budget: counting(budget, 'hubspot', use.onCall, shared.usage?.of(connection.tenant_id, 'hubspot')),
    ...usedBy(shared, use, shared.hubspotBase),
  });
}

/** Whoever uses the same token shares its limits, in whichever tenant; the app of a login has limits for each portal. */
async function appOf({ db, vault, config }: Shared, connection: Connection): Promise<string> {
  if (connection.kind === 'oauth') return config.hubspot.clientId ?? 'oauth';
  const { tenant_id: tenantId } = connection;
  const token = await db.tenant(tenantId, (tx) => vault.get(tx, tenantId, 'hubspot.token'));
  if (token === undefined) return `token of ${tenantId}`;
  await noteCredential(db, connection, fingerprint(token));
  return `token ${fingerprint(token)}`;
}

async function openPendo(
  shared: Shared,
  connection: Connection,
  use: VendorUse,
): Promise<{ client: PendoClient; settings: PendoSettings }> {
  const { db, vault } = shared;
  const { region, ...rest } = withStoredSettings(connection).settings;
  const settings = pendoSettingsSchema.parse(rest);
  const key = await db.tenant(connection.tenant_id, (tx) => vault.get(tx, connection.tenant_id, 'pendo.key'));
  if (key === undefined) throw notConnected('pendo');
  await noteCredential(db, connection, fingerprint(key));
  const keyName = subscriptionOf(connection) ?? fingerprint(key);
  const baseUrl = pendoBase(shared, String(region));
  const client = createPendo({
    baseUrl,
    key: async () => key.reveal(),
    budget: counting(
      shared.budgets.pendo(keyName, settings.aggregations),
      'pendo',
      use.onCall,
      shared.usage?.of(connection.tenant_id, 'pendo'),
    ),
    ...usedBy(shared, use, baseUrl),
  });
  return { client, settings };
}

function usedBy(shared: Shared, use: VendorUse, baseUrl: string) {
  const bounded = boundedUse(shared.fetch, use, shared.answerWithinMs);
  return use.record === undefined ? bounded : { ...bounded, fetch: recordedFetch(bounded.fetch, baseUrl, use.record) };
}

function pendoBase({ config }: VendorsOptions, region: string): string {
  return config.pendo.baseUrl?.replaceAll('{region}', region) ?? pendoOrigins[region as PendoRegion] ?? pendoOrigins.us;
}
