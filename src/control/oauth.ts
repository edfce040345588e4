/**
 * Connecting HubSpot by login. Start (an administrator, over the API) → begin (the browser gets a cookie) → HubSpot →
 * callback (code for tokens) → confirmation, where the portal is not known to be the right one. Each hand-over is a
 * random value, stored hashed, used once, good for ten minutes, and bound to tenant, caller and browser.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { ControlTables } from '../db/schema-control.ts';
import type { HubSpotOAuth, TokenGrant } from '../hubspot/index.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { Secret } from '../vault/index.ts';
import { audit } from './audit.ts';
import type { Caller } from './caller.ts';
import { findConnection, readNeeds, requireSamePortal, storeConnection } from './connection-store.ts';
import { testHubSpot } from './connection-tests.ts';
import { type Control, inTenant } from './control.ts';
import { ControlError, conflict, invalid } from './errors.ts';
import { dropStaleLogins } from './retention.ts';
import { hubspotScopes } from './scopes.ts';
import { portalOf } from './vendors.ts';

type State = Selectable<ControlTables['oauth_states']>;

const lifetimeMs = 10 * 60_000;

export interface OAuthRequest {
  /** Let this tenant move to another HubSpot account. */
  allowPortalSwap?: boolean | undefined;
  /** Only this account will do; then nobody is asked to confirm it. */
  portalId?: string | undefined;
}

/** @returns the address to open in a browser, and the scopes that will be asked for. */
export async function startOAuth(control: Control, caller: Caller, tenantId: string, request: OAuthRequest) {
  const state = newToken();
  const scopes = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx) => {
      requireOAuth(control);
      await dropStaleLogins(control, tx, tenantId);
      const scopes = hubspotScopes(await readNeeds(tx, tenantId));
      const secret = `oauth.verifier.${newToken().slice(0, 16)}`;
      await control.vault.put(tx, tenantId, secret, new Secret(newToken()));
      await tx
        .insertInto('oauth_states')
        .values({
          hash: hashOf(state),
          tenant_id: tenantId,
          caller: caller.actor,
          stage: 'start',
          browser: null,
          scopes,
          allow_swap: request.allowPortalSwap ?? false,
          expected_portal: request.portalId ?? null,
          secret,
          expires_at: new Date(control.clock() + lifetimeMs),
        })
        .execute();
      await audit(tx, caller, { tenantId, action: 'oauth.started', subject: 'connection:hubspot', after: { scopes } });
      return scopes;
    },
    { lock: 'share' },
  );
  return { url: `${control.publicUrl}/v1/oauth/hubspot/begin?state=${state}`, scopes };
}

/** Ties the hand-over to the first browser that opens it. @returns where to send it, and what to set as its cookie. */
export async function beginOAuth(control: Control, state: string): Promise<{ url: string; browser: string }> {
  const oauth = requireOAuth(control);
  const browser = newToken();
  return control.db.platform(async (tx) => {
    const row = await tx
      .updateTable('oauth_states')
      .set({ browser: hashOf(browser) })
      .where('hash', '=', hashOf(state))
      .where('stage', '=', 'start')
      .where('browser', 'is', null)
      .where('expires_at', '>', new Date(control.clock()))
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw staleLogin();
    const verifier = await control.vault.get(tx, row.tenant_id, row.secret);
    if (verifier === undefined) throw staleLogin();
    const codeChallenge = createHash('sha256').update(verifier.reveal()).digest('base64url');
    return { browser, url: oauth.authorizeUrl({ scopes: row.scopes, state, codeChallenge }) };
  });
}

export interface Portal {
  tenantName: string;
  portalId: string;
  portalName: string;
}

/** Connected, or to be confirmed with `token`. */
export type CallbackResult = { portal: Portal } & ({ done: true } | { done: false; token: string });

/** @throws `LOGIN_STALE`, `LOGIN_REFUSED`, `PORTAL_SWAP`, `PORTAL_UNEXPECTED`, `OPERATOR_FAULT`, or a vendor's fault. */
export async function finishOAuth(
  control: Control,
  reply: { state: string; code?: string | undefined; error?: string | undefined; browser: string | undefined },
): Promise<CallbackResult> {
  const oauth = requireOAuth(control);
  const taken = await takeState(control, reply.state, 'start', reply.browser);
  const { row, secret: verifier } = taken;
  if (reply.error !== undefined || reply.code === undefined) {
    throw invalid(
      'LOGIN_REFUSED',
      'HubSpot was not connected: the login was refused there.',
      'Start again when you are ready.',
    );
  }
  const grant = await exchange(control, oauth, reply.code, verifier);
  const { portal, identity } = await describe(control, oauth, row, grant);
  const before = await control.db.tenant(row.tenant_id, (tx) => findConnection(tx, row.tenant_id, 'hubspot'));
  try {
    requireExpected(row, portal.portalId);
    requireSamePortal(before, portal.portalId, row.allow_swap);
  } catch (error) {
    await revokeQuietly(control, oauth, grant);
    throw error;
  }
  const known = row.expected_portal === portal.portalId || (before && portalOf(before)) === portal.portalId;
  if (known) {
    await keep(control, row, grant, identity);
    return { portal, done: true };
  }
  return { portal, done: false, token: await holdForConfirmation(control, row, grant, identity, reply.browser) };
}

/** @throws `LOGIN_STALE`, `PORTAL_SWAP`. */
export async function confirmOAuth(
  control: Control,
  reply: { token: string; browser: string | undefined },
): Promise<Portal> {
  const { row, secret } = await takeState(control, reply.token, 'confirm', reply.browser);
  await keep(control, row, JSON.parse(secret.reveal()) as TokenGrant, row.identity);
  const { portalId, portalName, tenantName } = row.identity as unknown as Portal;
  return { portalId, portalName, tenantName };
}

/** Reads and removes a hand-over in one go, so that it can be used once, whoever is first. */
async function takeState(
  control: Control,
  token: string,
  stage: State['stage'],
  browser: string | undefined,
): Promise<{ row: State; secret: Secret }> {
  const taken = await control.db.platform(async (tx) => {
    const row = await tx
      .deleteFrom('oauth_states')
      .where('hash', '=', hashOf(token))
      .where('stage', '=', stage)
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const secret = await control.vault.get(tx, row.tenant_id, row.secret);
    await control.vault.remove(tx, row.tenant_id, row.secret);
    return secret && { row, secret, allowed: await stillAllowed(tx, row) };
  });
  if (taken === undefined || !taken.allowed || taken.row.expires_at.getTime() <= control.clock()) throw staleLogin();
  if (taken.row.browser === null || browser === undefined || !hashOf(browser).equals(taken.row.browser))
    throw staleLogin();
  return taken;
}

/** Whoever began may still act: the key was not revoked meanwhile, and the tenant is there. */
async function stillAllowed(tx: Tx, row: State): Promise<boolean> {
  const tenant = await tx.selectFrom('tenants').select('state').where('id', '=', row.tenant_id).executeTakeFirst();
  if (tenant === undefined || tenant.state === 'deleted') return false;
  if (!row.caller.startsWith('key:')) return true;
  const key = await tx
    .selectFrom('api_keys')
    .select('id')
    .where('id', '=', row.caller.slice('key:'.length))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return key !== undefined;
}

async function exchange(control: Control, oauth: HubSpotOAuth, code: string, verifier: Secret): Promise<TokenGrant> {
  try {
    return await oauth.exchangeCode(code, verifier.reveal());
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    if (error.kind === 'unauthorised') throw staleLogin();
    if (error.blames === 'operator') {
      control.log.error(
        { code: error.code },
        'HubSpot refuses this installation: check HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET and CROSSWALK_PUBLIC_URL',
      );
      throw new ControlError({
        kind: 'vendor',
        code: 'OPERATOR_FAULT',
        message: 'This installation is not set up rightly for HubSpot. You did nothing wrong.',
        fix: 'Tell whoever operates it; the log names the setting.',
      });
    }
    throw error;
  }
}

async function describe(control: Control, oauth: HubSpotOAuth, row: State, grant: TokenGrant) {
  const client = control.vendors.tryHubSpot(row.tenant_id, new Secret(grant.accessToken));
  const granted = grant.scopes ?? (await oauth.introspect(grant.accessToken)).scopes ?? row.scopes;
  const needs = await control.db.tenant(row.tenant_id, (tx) => readNeeds(tx, row.tenant_id));
  const test = await testHubSpot(client, { needs, grantedScopes: granted });
  const { portalId, portalName } = test.identity as { portalId?: string; portalName?: string };
  if (portalId === undefined) {
    throw new ControlError({
      kind: 'vendor',
      code: 'VENDOR_FAILED',
      message: test.steps.find(({ state }) => state === 'failed')?.message ?? 'HubSpot did not name the account.',
      fix: 'Start again in a few minutes.',
    });
  }
  const tenant = await control.db.tenant(row.tenant_id, (tx) =>
    tx.selectFrom('tenants').select('name').where('id', '=', row.tenant_id).executeTakeFirstOrThrow(),
  );
  const identity = { ...test.identity, scopes: [...granted].sort() };
  return { portal: { portalId, portalName: portalName ?? portalId, tenantName: tenant.name }, identity };
}

/** Tokens wait in the vault until the person at the browser has said that this is the right account. */
async function holdForConfirmation(
  control: Control,
  row: State,
  grant: TokenGrant,
  identity: Record<string, unknown>,
  browser: string | undefined,
): Promise<string> {
  const token = newToken();
  const secret = `oauth.pending.${newToken().slice(0, 16)}`;
  await control.db.tenant(row.tenant_id, async (tx) => {
    const tenant = await tx
      .selectFrom('tenants')
      .select('name')
      .where('id', '=', row.tenant_id)
      .executeTakeFirstOrThrow();
    await control.vault.put(tx, row.tenant_id, secret, new Secret(JSON.stringify(grant)));
    await tx
      .insertInto('oauth_states')
      .values({
        hash: hashOf(token),
        tenant_id: row.tenant_id,
        caller: row.caller,
        stage: 'confirm',
        browser: hashOf(browser ?? ''),
        scopes: row.scopes,
        allow_swap: row.allow_swap,
        expected_portal: row.expected_portal,
        identity: JSON.stringify({ ...identity, tenantName: tenant.name }),
        secret,
        expires_at: new Date(control.clock() + lifetimeMs),
      })
      .execute();
  });
  return token;
}

async function keep(control: Control, row: State, grant: TokenGrant, identity: Record<string, unknown>): Promise<void> {
  const caller: Caller = { actor: row.caller, scopes: ['admin'], tenantId: row.tenant_id, requestId: null };
  const { accessToken, refreshToken, expiresAt } = grant;
  const { tenantName: _, ...kept } = identity;
  await storeConnection(control, caller, row.tenant_id, {
    vendor: 'hubspot',
    kind: 'oauth',
    settings: {},
    identity: kept,
    secret: { name: 'hubspot.oauth', value: new Secret(JSON.stringify({ accessToken, refreshToken, expiresAt })) },
    drop: 'hubspot.token',
    allowPortalSwap: row.allow_swap,
  });
  control.vendors.forgetTokens(row.tenant_id);
}

function requireExpected(row: State, portalId: string): void {
  if (row.expected_portal === null || row.expected_portal === portalId) return;
  throw conflict(
    'PORTAL_UNEXPECTED',
    `This login is for the HubSpot account ${row.expected_portal}; you chose ${portalId}.`,
    'Start again and choose the account that was named.',
  );
}

async function revokeQuietly(control: Control, oauth: HubSpotOAuth, grant: TokenGrant): Promise<void> {
  await oauth.revoke(grant.refreshToken).catch((error: unknown) => {
    control.log.warn({ err: error }, 'a login that is not kept could not be revoked');
  });
}

function requireOAuth(control: Control): HubSpotOAuth {
  const oauth = control.vendors.oauth();
  if (oauth !== undefined) return oauth;
  throw conflict(
    'OAUTH_NOT_CONFIGURED',
    'This installation has no HubSpot app, so nobody can log in with one.',
    'Set HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET, or connect with a service key.',
  );
}

/** The same for a state that is unknown, used, expired, or of another browser. */
function staleLogin(): ControlError {
  return invalid(
    'LOGIN_STALE',
    'This login is not valid any more, or was begun in another browser.',
    'Start the connection again.',
  );
}

const newToken = (): string => randomBytes(32).toString('base64url');
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
