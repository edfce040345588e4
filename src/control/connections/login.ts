/**
 * Connecting HubSpot by login. Start (an administrator, over the API) → begin (the browser gets a cookie) → HubSpot →
 * callback (code for tokens) → confirmation, where the portal is not known to be the right one. Each hand-over is a
 * random value, stored hashed, used once, good for ten minutes, and bound to tenant, caller and browser (login-states.ts).
 */
import { createHash } from 'node:crypto';
import { toJsonb } from '../../db/jsonb.ts';
import type { HubSpotOAuth, TokenGrant } from '../../hubspot/index.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { ControlError, conflict, invalid } from '../errors.ts';
import { requireSamePortal } from './account-moves.ts';
import {
  countOpenLogins,
  giveBack,
  hashOf,
  insertGrant,
  type LoginState,
  lifetimeMs,
  newBrowser,
  newToken,
  readState,
  removeState,
  requireRoomForLogin,
  staleLogin,
  stillAllowed,
  takeState,
} from './login-states.ts';
import { hubspotScopes } from './scopes.ts';
import { findConnection, readNeeds, storeConnection } from './store.ts';
import { testHubSpot } from './tests.ts';
import { portalOf } from './usable-connection.ts';

export interface OAuthRequest {
  /** Let this tenant move to another HubSpot account. */
  allowPortalSwap?: boolean | undefined;
  /** Only this account will do. It narrows what can be connected, and confirms nothing: whoever starts a login knows the number. */
  portalId?: string | undefined;
}

/** @returns the address to open in a browser, and the scopes that will be asked for. */
export async function startOAuth(control: Control, caller: Caller, tenantId: string, request: OAuthRequest) {
  const state = newToken();
  const open = await countOpenLogins(control);
  const scopes = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx) => {
      requireOAuth(control);
      await requireRoomForLogin(control, tx, tenantId, open);
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
    { lock: 'update' },
  );
  return { url: `${control.publicUrl}/v1/oauth/hubspot/begin?state=${state}`, scopes };
}

/** @returns where to send the browser, and what to set as its cookie. Nothing is used up: a link preview comes here, too. */
export async function beginOAuth(control: Control, state: string): Promise<{ url: string; browser: string }> {
  const oauth = requireOAuth(control);
  const { row, secret: verifier } = await readState(control, state);
  const codeChallenge = createHash('sha256').update(verifier.reveal()).digest('base64url');
  return { browser: newBrowser(verifier), url: oauth.authorizeUrl({ scopes: row.scopes, state, codeChallenge }) };
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
  const { row, secret: verifier } = await takeState(control, reply.state, 'start', reply.browser);
  if (reply.error !== undefined || reply.code === undefined) {
    throw invalid(
      'LOGIN_REFUSED',
      'HubSpot was not connected: the login was refused there.',
      'Start again when you are ready.',
    );
  }
  const grant = await exchange(control, oauth, reply.code, verifier);
  // From here on the grant is in the vault until it is kept or given back, whatever happens to this process.
  const token = newToken();
  const pending = await holdGrant(control, row, grant, token, reply.browser);
  try {
    const { portal, identity } = await describe(control, oauth, row, grant);
    const before = await control.db.tenant(row.tenant_id, (tx) => findConnection(tx, row.tenant_id, 'hubspot'));
    requireExpected(row, portal.portalId);
    requireSamePortal(before, portal.portalId, row.allow_swap);
    if ((before && portalOf(before)) === portal.portalId) {
      await keep(control, pending, grant, identity);
      return { portal, done: true };
    }
    await nameGrant(control, pending, { ...identity, tenantName: portal.tenantName });
    return { portal, done: false, token };
  } catch (error) {
    await giveBack(control, pending);
    throw error;
  }
}

/** @throws `LOGIN_STALE`, `PORTAL_SWAP`. */
export async function confirmOAuth(
  control: Control,
  reply: { token: string; browser: string | undefined },
): Promise<Portal> {
  const { row, secret } = await takeState(control, reply.token, 'confirm', reply.browser);
  try {
    await keep(control, row, JSON.parse(secret.reveal()) as TokenGrant, row.identity);
  } catch (error) {
    await giveBack(control, row);
    throw error;
  }
  const { portalId, portalName, tenantName } = row.identity as unknown as Portal;
  return { portalId, portalName, tenantName };
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
        message: 'This installation is not set up correctly for HubSpot. You did nothing wrong.',
        fix: 'Tell the operator of this installation; its log names the setting.',
      });
    }
    throw error;
  }
}

async function describe(control: Control, oauth: HubSpotOAuth, row: LoginState, grant: TokenGrant) {
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
function holdGrant(
  control: Control,
  row: LoginState,
  grant: TokenGrant,
  token: string,
  browser: string | undefined,
): Promise<LoginState> {
  const pending = {
    hash: hashOf(token),
    tenant_id: row.tenant_id,
    caller: row.caller,
    browser: hashOf(browser ?? ''),
    scopes: row.scopes,
    allow_swap: row.allow_swap,
    expected_portal: row.expected_portal,
    expires_at: new Date(control.clock() + lifetimeMs),
  };
  return control.db.tenant(row.tenant_id, (tx) => insertGrant(control, tx, pending, grant));
}

async function nameGrant(control: Control, { hash, tenant_id }: LoginState, identity: object): Promise<void> {
  await control.db.tenant(tenant_id, (tx) =>
    tx
      .updateTable('oauth_states')
      .set({ identity: toJsonb(identity) })
      .where('hash', '=', hash)
      .execute(),
  );
}

async function keep(
  control: Control,
  row: LoginState,
  grant: TokenGrant,
  identity: Record<string, unknown>,
): Promise<void> {
  // HubSpot was asked meanwhile, which takes its time.
  if (!(await control.db.platform((tx) => stillAllowed(control, tx, row)))) throw staleLogin();
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
  await control.db.tenant(row.tenant_id, (tx) => removeState(control, tx, row));
}

function requireExpected(row: LoginState, portalId: string): void {
  if (row.expected_portal === null || row.expected_portal === portalId) return;
  throw conflict(
    'PORTAL_UNEXPECTED',
    `This login is for the HubSpot account ${row.expected_portal}; you chose ${portalId}.`,
    'Start again and choose the account that was named.',
  );
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
