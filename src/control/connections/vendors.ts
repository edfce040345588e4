/** Vendor clients for a tenant: its connection row, its credential from the vault, its share of the budget. */
import pLimit from 'p-limit';
import type { Config } from '../../config.ts';
import type { Database, Tx } from '../../db/index.ts';
import type { Vendor } from '../../db/schema.ts';
import {
  type Budget,
  type GuardedFetch,
  hubSpotAuthorizeOrigin,
  hubSpotOrigins,
  type PendoRegion,
  pendoOrigins,
  type ReplyFacts,
} from '../../egress/index.ts';
import {
  createHubSpot,
  createHubSpotBudget,
  createHubSpotOAuth,
  type HubSpotClient,
  type HubSpotOAuth,
} from '../../hubspot/index.ts';
import { createPendo, createPendoBudget, type PendoClient } from '../../pendo/index.ts';
import { type PendoSettings, pendoSettingsSchema } from '../../sync/config.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { Secret, Vault } from '../../vault/index.ts';
import { type Connection, fingerprint, noteCredential } from './credentials.ts';
import { createTokenSource, type TokenSource } from './tokens.ts';
import type { UsageMeter } from './usage-meter.ts';

/** On whose behalf calls are made: the run that the budget's gate asks about, and what aborts them. */
export interface VendorUse {
  runId?: string | undefined;
  signal?: AbortSignal | undefined;
  requestSignal?: AbortSignal | undefined;
  /** Called for every request that is made. */
  onCall?: ((vendor: 'hubspot' | 'pendo', limitClass: string) => void) | undefined;
}

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

/**
 * For a person who waits, and a process that answers others meanwhile: of all requests of one use, in ms, and of one reply, in
 * bytes. A portal with thousands of properties answers with some megabytes.
 */
const answerWithinMs = 60_000;
const mostOfAReply = 16 * 1024 * 1024;
const timeoutsForPeople = { headers: 20_000, body: 10_000, total: 30_000 };

/** Of all tenants of this process together. */
const renewalsAtOnce = 4;

export function createVendors(options: VendorsOptions): Vendors {
  const { db, vault, config, fetch } = options;
  const { clientId, clientSecret, apiVersion } = config.hubspot;
  const hubspotBase = config.hubspot.baseUrl ?? hubSpotOrigins[0];
  const oauth =
    clientId === undefined || clientSecret === undefined
      ? undefined
      : createHubSpotOAuth({
          baseUrl: hubspotBase,
          authorizeBaseUrl: config.hubspot.authorizeUrl ?? config.hubspot.baseUrl ?? hubSpotAuthorizeOrigin,
          apiVersion,
          clientId,
          clientSecret,
          redirectUri: `${options.publicUrl}/v1/oauth/hubspot/callback`,
          fetch,
          timeouts: { headers: 10_000, total: 15_000 },
        });
  /** A run has time-outs of its own, and reads in pages. */
  const bounded = ({ onCall: _, ...use }: VendorUse) =>
    use.runId === undefined
      ? {
          ...use,
          signal: use.signal ?? AbortSignal.timeout(options.answerWithinMs ?? answerWithinMs),
          timeouts: timeoutsForPeople,
          fetch: ((url, request) =>
            fetch(url, {
              ...request,
              maxBytes: Math.min(request.maxBytes ?? mostOfAReply, mostOfAReply),
            })) satisfies GuardedFetch,
        }
      : { ...use, fetch };
  // One budget per limit and process: callers of the same one share its places.
  const budgets = new Map<string, Budget>();
  const budgetFor = (key: string, make: () => Budget): Budget => {
    let budget = budgets.get(key);
    if (budget === undefined) {
      budget = make();
      if (budgets.size > 10_000) budgets.clear();
      budgets.set(key, budget);
    }
    return budget;
  };
  const hubspotBudget = (portalId: string, app: string, timeZone = 'UTC'): Budget =>
    budgetFor(`hubspot ${portalId} ${app} ${timeZone}`, () =>
      createHubSpotBudget({ pool: db.pool, portalId, app, timeZone, gate: options.gate }),
    );
  // As soon as its steps are taken over, or a little later, a dead worker's calls are over too.
  const leaseMs = config.heartbeatTimeoutMs === undefined ? undefined : 2 * config.heartbeatTimeoutMs;
  /** One for each subscription where it is known which that is, else one for each key. */
  const pendoBudget = (keyName: string, aggregations: number): Budget =>
    budgetFor(`pendo ${keyName} ${aggregations}`, () =>
      createPendoBudget({ pool: db.pool, keyName, aggregations, leaseMs, gate: options.gate }),
    );
  const renewals = pLimit(renewalsAtOnce);
  const sources = new Map<string, { since: number; source: TokenSource }>();
  /** One as long as the connection stays as it is: another process may have stored another credential. */
  const sourceFor = ({ tenant_id: tenantId, updated_at }: Connection): TokenSource => {
    const since = updated_at.getTime();
    const known = sources.get(tenantId);
    if (known?.since === since) return known.source;
    const source = createTokenSource({ db, vault, oauth, tenantId, renewals });
    if (sources.size > 10_000) sources.clear();
    sources.set(tenantId, { since, source });
    return source;
  };

  /** Whoever uses the same token shares its limits, in whichever tenant; the app of a login has limits for each portal. */
  const appOf = async (connection: Connection): Promise<string> => {
    if (connection.kind === 'oauth') return clientId ?? 'oauth';
    const { tenant_id: tenantId } = connection;
    const token = await db.tenant(tenantId, (tx) => vault.get(tx, tenantId, 'hubspot.token'));
    if (token === undefined) return `token of ${tenantId}`;
    await noteCredential(db, connection, fingerprint(token));
    return `token ${fingerprint(token)}`;
  };

  const hubspotFrom = async (connection: Connection, use: VendorUse): Promise<HubSpotClient> => {
    const source = sourceFor(connection);
    const app = await appOf(connection);
    return createHubSpot({
      baseUrl: hubspotBase,
      apiVersion,
      token: source.token,
      onUnauthorised: source.renew,
      budget: counting(
        hubspotBudget(
          portalOf(connection) ?? connection.tenant_id,
          app,
          connection.identity.timeZone as string | undefined,
        ),
        'hubspot',
        use.onCall,
        options.usage?.of(connection.tenant_id, 'hubspot'),
      ),
      ...bounded(use),
    });
  };
  const pendoBase = (region: string): string =>
    config.pendo.baseUrl?.replaceAll('{region}', region) ?? pendoOrigins[region as PendoRegion] ?? pendoOrigins.us;

  const pendoFrom = async (connection: Connection, use: VendorUse) => {
    const { region, ...rest } = connection.settings;
    const settings = pendoSettingsSchema.parse(rest);
    const key = await db.tenant(connection.tenant_id, (tx) => vault.get(tx, connection.tenant_id, 'pendo.key'));
    if (key === undefined) throw notConnected('pendo');
    await noteCredential(db, connection, fingerprint(key));
    const keyName = subscriptionOf(connection) ?? fingerprint(key);
    const client = createPendo({
      baseUrl: pendoBase(String(region)),
      key: async () => key.reveal(),
      budget: counting(
        pendoBudget(keyName, settings.aggregations),
        'pendo',
        use.onCall,
        options.usage?.of(connection.tenant_id, 'pendo'),
      ),
      ...bounded(use),
    });
    return { client, settings };
  };

  const vendors: Vendors = {
    open: async (tenantId, use = {}) => {
      const [hubspot, pendo] = await db.tenant(tenantId, async (tx) => [
        await usableConnection(tx, tenantId, 'hubspot'),
        await usableConnection(tx, tenantId, 'pendo'),
      ]);
      const { client, settings } = await pendoFrom(pendo!, use);
      return {
        hubspot: await hubspotFrom(hubspot!, use),
        pendo: client,
        pendoSettings: settings,
        portalId: portalOf(hubspot!),
      };
    },
    hubspot: async (tenantId, use = {}) =>
      hubspotFrom(await db.tenant(tenantId, (tx) => usableConnection(tx, tenantId, 'hubspot')), use),
    pendo: async (tenantId, use = {}) =>
      pendoFrom(await db.tenant(tenantId, (tx) => usableConnection(tx, tenantId, 'pendo')), use),
    tryHubSpot: (_tenantId, token) =>
      createHubSpot({
        baseUrl: hubspotBase,
        apiVersion,
        token: async () => token.reveal(),
        budget: hubspotBudget('not known yet', `token ${fingerprint(token)}`),
        ...bounded({}),
      }),
    tryPendo: (_tenantId, key, region) =>
      createPendo({
        baseUrl: pendoBase(region),
        key: async () => key.reveal(),
        budget: pendoBudget(fingerprint(key), 1),
        ...bounded({}),
      }),
    oauth: () => oauth,
    forgetTokens: (tenantId) => void sources.delete(tenantId),
  };
  return vendors;
}

async function usableConnection(tx: Tx, tenantId: string, vendor: Vendor): Promise<Connection> {
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

/** What tells this Pendo subscription from others, where that is known. */
export function subscriptionOf(connection: Connection): string | undefined {
  const { subscription } = connection.identity;
  return subscription === undefined ? undefined : String(subscription);
}

function counting(
  budget: Budget,
  vendor: 'hubspot' | 'pendo',
  onCall: VendorUse['onCall'],
  note: ((reply: ReplyFacts) => void) | undefined,
): Budget {
  if (onCall === undefined && note === undefined) return budget;
  return {
    async acquire(request) {
      const permission = await budget.acquire(request);
      if (permission.runState === 'running') onCall?.(vendor, request.limitClass);
      if (note === undefined) return permission;
      return {
        ...permission,
        report(reply) {
          note(reply);
          return permission.report(reply);
        },
      };
    },
  };
}
