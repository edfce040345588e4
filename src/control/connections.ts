/** A tenant's two connections: made by key or token, and tested. Logins by OAuth are in oauth.ts. */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { toJsonb } from '../db/jsonb.ts';
import type { Vendor } from '../db/schema.ts';
import { type PendoRegion, pendoOrigins } from '../egress/index.ts';
import { isZone } from '../sync/clock.ts';
import type { PendoSettings } from '../sync/config.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { Secret } from '../vault/index.ts';
import type { Caller } from './caller.ts';
import { vendorName } from './connection-loss.ts';
import { findConnection, readNeeds, storeConnection } from './connection-store.ts';
import { type ConnectionTest, testHubSpot, testPendo } from './connection-tests.ts';
import { type Control, inTenant } from './control.ts';
import { ControlError, invalid, notFound } from './errors.ts';
import type { Needs } from './scopes.ts';
import type { Connection } from './vendors.ts';

export const pendoRegions = Object.keys(pendoOrigins) as [PendoRegion, ...PendoRegion[]];

export interface PendoInput extends PendoSettings {
  /** Left out: the stored key stays. */
  key?: string | undefined;
  region: PendoRegion;
}

export function listConnections(control: Control, caller: Caller, tenantId: string): Promise<Connection[]> {
  return inTenant(control, caller, 'read', tenantId, (tx) =>
    tx.selectFrom('connections').selectAll().where('tenant_id', '=', tenantId).orderBy('vendor').execute(),
  );
}

/** Tests the key by using it, and stores it only when it works. */
export async function putPendo(control: Control, caller: Caller, tenantId: string, input: PendoInput) {
  const { key: typed, region, ...settings } = input;
  const given = typed === undefined ? undefined : new Secret(typed);
  if (!isZone(settings.zone)) {
    throw invalid('ZONE_UNKNOWN', `"${settings.zone}" is not a time zone.`, 'Use an IANA name like America/New_York.', [
      { path: 'zone', code: 'ZONE_UNKNOWN', message: 'not an IANA time zone' },
    ]);
  }
  const { needs, key } = await inTenant(control, caller, 'admin', tenantId, async (tx) => ({
    needs: await readNeeds(tx, tenantId),
    key: given ?? (await control.vault.get(tx, tenantId, 'pendo.key')),
  }));
  if (key === undefined)
    throw invalid('KEY_MISSING', 'There is no Pendo key yet.', 'Send an integration key as `key`.');
  const client = control.vendors.tryPendo(tenantId, key, region);
  const test = await testPendo(client, needs, { name: settings.zone, now: control.clock() });
  requireSuccess('pendo', test);
  const connection = await storeConnection(control, caller, tenantId, {
    vendor: 'pendo',
    kind: 'key',
    settings: { region, ...settings },
    identity: { ...test.identity, region },
    secret: given && { name: 'pendo.key', value: given },
  });
  return { connection, test };
}

/** A service key or private-app token. */
export async function putHubSpotToken(
  control: Control,
  caller: Caller,
  tenantId: string,
  input: { token: string; allowPortalSwap?: boolean | undefined },
) {
  const needs = await inTenant(control, caller, 'admin', tenantId, (tx) => readNeeds(tx, tenantId));
  const token = new Secret(input.token);
  const test = await testHubSpot(control.vendors.tryHubSpot(tenantId, token), { needs });
  requireSuccess('hubspot', test);
  const connection = await storeConnection(control, caller, tenantId, {
    vendor: 'hubspot',
    kind: 'token',
    settings: {},
    identity: test.identity,
    secret: { name: 'hubspot.token', value: token },
    drop: 'hubspot.oauth',
    allowPortalSwap: input.allowPortalSwap,
  });
  control.vendors.forgetTokens(tenantId);
  return { connection, test };
}

/** Asks the vendor with the stored credential; the connection's row says what came out. */
export async function testConnection(
  control: Control,
  caller: Caller,
  tenantId: string,
  vendor: Vendor,
): Promise<ConnectionTest> {
  const { needs, connection } = await inTenant(control, caller, 'operate', tenantId, async (tx) => ({
    needs: await readNeeds(tx, tenantId),
    connection: await findConnection(tx, tenantId, vendor),
  }));
  if (connection === undefined || connection.state === 'disconnected') throw notFound('connection');
  const test = await runTest(control, connection, needs);
  await control.db.tenant(tenantId, (tx) => noteTest(tx, connection, test));
  return test;
}

export async function runTest(
  control: Control,
  connection: Connection,
  needs: readonly Needs[],
): Promise<ConnectionTest> {
  const { tenant_id: tenantId } = connection;
  try {
    if (connection.vendor === 'pendo') {
      const { client, settings } = await control.vendors.pendo(tenantId);
      return await testPendo(client, needs, { name: settings.zone, now: control.clock() });
    }
    const client = await control.vendors.hubspot(tenantId);
    const scopes = connection.kind === 'oauth' ? connection.identity.scopes : undefined;
    return await testHubSpot(client, { needs, grantedScopes: scopes as string[] | undefined });
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    const message = `${vendorName[connection.vendor]} has to be connected again.`;
    const step = { step: 'authentic', state: 'failed', code: error.code, message, fix: 'Connect it again.' } as const;
    return { ok: false, temporary: false, steps: [step], identity: {} };
  }
}

async function noteTest(tx: Tx, connection: Connection, test: ConnectionTest): Promise<void> {
  const failed = test.steps.find(({ state }) => state === 'failed');
  const reason = failed && {
    code: failed.code ?? 'FAILED',
    message: failed.message,
    ...(failed.fix && { fix: failed.fix }),
  };
  await tx
    .updateTable('connections')
    .set({
      checked_at: sql`now()`,
      reason: reason === undefined ? null : toJsonb(reason),
      // A connection that was lost comes back by connecting, not by a test that happens to pass.
      ...(test.ok && connection.state === 'unchecked' ? { state: 'ok' as const } : {}),
      ...(test.ok ? { identity: toJsonb({ ...connection.identity, ...test.identity }) } : {}),
    })
    .where('tenant_id', '=', connection.tenant_id)
    .where('vendor', '=', connection.vendor)
    .where('updated_at', '=', connection.updated_at)
    .execute();
}

function requireSuccess(vendor: Vendor, test: ConnectionTest): void {
  if (test.ok) return;
  const failed = test.steps.filter(({ state }) => state === 'failed');
  throw new ControlError({
    kind: test.temporary ? 'vendor' : 'invalid',
    code: test.temporary ? 'VENDOR_UNREACHABLE' : 'CONNECTION_REFUSED',
    message: failed[0]?.message ?? `${vendorName[vendor]} did not accept this.`,
    fix: failed[0]?.fix ?? 'Check the credential. Nothing was changed.',
    fields: failed.map(({ step, object, code, message, fix }) => ({
      path: object ? `${step}.${object}` : step,
      code: code ?? 'FAILED',
      message,
      ...(fix && { fix }),
    })),
  });
}
