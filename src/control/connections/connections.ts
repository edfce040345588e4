/** A tenant's two connections: made by key or token, and tested. Logins by OAuth are in oauth.ts. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { toJsonb } from '../../db/jsonb.ts';
import type { Vendor } from '../../db/schema.ts';
import { type PendoRegion, pendoOrigins } from '../../egress/index.ts';
import { type PendoClient, type Recognised, recognise } from '../../pendo/index.ts';
import type { PendoSettings } from '../../sync/config.ts';
import { vendorNames } from '../../sync/legs.ts';
import { isKnownBetter, type Marks } from '../../sync/subscription.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import { isZone } from '../../sync/zones.ts';
import { Secret } from '../../vault/index.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { ControlError, invalid, notFound } from '../errors.ts';

import { type Connection, wrongKind } from './credentials.ts';
import type { Needs } from './scopes.ts';
import { findConnection, readNeeds, storeConnection } from './store.ts';
import { withStoredSettings } from './stored-settings.ts';
import { type ConnectionTest, subscriptionStep, testHubSpot, testPendo } from './tests.ts';

export const pendoRegions = Object.keys(pendoOrigins) as [PendoRegion, ...PendoRegion[]];

export interface PendoInput extends Omit<PendoSettings, 'activity'> {
  /** Left out: what is stored stays; `checked` for a new connection. */
  activity?: PendoSettings['activity'] | undefined;
  /** Left out: the stored key stays. */
  key?: string | undefined;
  region: PendoRegion;
  /** Let this tenant move to another subscription. */
  allowSubscriptionSwap?: boolean | undefined;
}

export function listConnections(control: Control, caller: Caller, tenantId: string): Promise<Connection[]> {
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const rows = await tx
      .selectFrom('connections')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .orderBy('vendor')
      .execute();
    return rows.map(withStoredSettings);
  });
}

/** Tests the key by using it, and stores it only when it works. */
export async function putPendo(control: Control, caller: Caller, tenantId: string, input: PendoInput) {
  const { key: typed, region, allowSubscriptionSwap = false, ...settings } = input;
  const given = typed === undefined ? undefined : new Secret(typed);
  if (!isZone(settings.zone)) {
    throw invalid('ZONE_UNKNOWN', `"${settings.zone}" is not a time zone.`, 'Use an IANA name like America/New_York.', [
      { path: 'zone', code: 'ZONE_UNKNOWN', message: 'not an IANA time zone' },
    ]);
  }
  const { needs, before, key } = await inTenant(control, caller, 'admin', tenantId, async (tx) => ({
    needs: await readNeeds(tx, tenantId),
    before: await findConnection(tx, tenantId, 'pendo'),
    key: given ?? (await control.vault.get(tx, tenantId, 'pendo.key')),
  }));
  if (key === undefined)
    throw invalid('KEY_MISSING', 'There is no Pendo key yet.', 'Send an integration key as `key`.');
  const client = control.vendors.tryPendo(tenantId, key, region);
  const test = await testPendo(client, needs, { name: settings.zone, now: control.clock() });
  requireSuccess('pendo', test, given);
  const known = before?.marks ?? (given && (await marksOfStored(control, before))) ?? null;
  const recognised = await recognisePendo(client, known);
  if (before !== undefined && (given !== undefined || known !== null))
    test.steps.push(...subscriptionStep(recognised.kinship, allowSubscriptionSwap));
  const connection = await storeConnection(control, caller, tenantId, {
    vendor: 'pendo',
    kind: 'key',
    settings: { region, ...settings, activity: settings.activity ?? before?.settings.activity ?? 'checked' },
    identity: { ...test.identity, region },
    secret: given && { name: 'pendo.key', value: given },
    subscription: {
      recognised,
      knownSince: before?.updated_at,
      isNewKey: given !== undefined,
      allowSwap: allowSubscriptionSwap,
    },
  });
  return { connection, test };
}

/** @throws `VENDOR_UNREACHABLE` */
async function recognisePendo(client: PendoClient, known: Marks | null): Promise<Recognised> {
  try {
    return await recognise(client, known);
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    throw new ControlError({
      kind: 'vendor',
      code: 'VENDOR_UNREACHABLE',
      message: `Pendo could not be asked which subscription this is: ${error.message}`,
      fix: 'Try again in a few minutes. Nothing was changed.',
    });
  }
}

/** By what the subscription of the stored key is known, where no run and no test has asked yet. Null: it cannot be asked. */
async function marksOfStored(control: Control, before: Connection | undefined): Promise<Marks | null> {
  if (before === undefined) return null;
  try {
    const { client } = await control.vendors.pendo(before.tenant_id);
    return (await recognise(client, null)).marks;
  } catch (error) {
    if (error instanceof VendorError) return null;
    throw error;
  }
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
  requireSuccess('hubspot', test, token);
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
      const test = await testPendo(client, needs, { name: settings.zone, now: control.clock() });
      if (test.ok) await noteSubscription(client, connection, test);
      return test;
    }
    const client = await control.vendors.hubspot(tenantId);
    const scopes = connection.kind === 'oauth' ? connection.identity.scopes : undefined;
    return await testHubSpot(client, { needs, grantedScopes: scopes as string[] | undefined });
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    const message = `${vendorNames[connection.vendor]} has to be connected again.`;
    const step = { step: 'authentic', state: 'failed', code: error.code, message, fix: 'Connect it again.' } as const;
    return { ok: false, temporary: false, steps: [step], identity: {} };
  }
}

/** Whether the stored key is still of the subscription that it was stored for. */
async function noteSubscription(client: PendoClient, { marks }: Connection, test: ConnectionTest): Promise<void> {
  const recognised = await recognise(client, marks).catch((error: unknown) => {
    if (error instanceof VendorError) return undefined;
    throw error;
  });
  if (recognised === undefined) return;
  if (marks !== null) test.steps.push(...subscriptionStep(recognised.kinship, false));
  test.ok = test.steps.every(({ state }) => state !== 'failed');
  if (isKnownBetter(marks, recognised)) test.marks = recognised.marks;
}

/** Says on the connection what came out, unless it was made anew during the test. */
export async function noteTest(tx: Tx, connection: Connection, test: ConnectionTest): Promise<void> {
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
      ...(test.ok && test.marks ? { marks: toJsonb(test.marks) } : {}),
    })
    .where('tenant_id', '=', connection.tenant_id)
    .where('vendor', '=', connection.vendor)
    // A Date has milliseconds, the column has microseconds.
    .where(sql<Date>`date_trunc('milliseconds', updated_at)`, '=', connection.updated_at)
    .execute();
}

function requireSuccess(vendor: Vendor, test: ConnectionTest, given: Secret | undefined): void {
  if (test.ok) return;
  const failed = test.steps.filter(({ state }) => state === 'failed');
  const hint = given && failed.some(({ step }) => step === 'authentic') ? wrongKind(vendor, given) : undefined;
  const fixOf = (fix: string | undefined) => (hint === undefined ? fix : [hint, fix].filter(Boolean).join(' '));
  throw new ControlError({
    kind: test.temporary ? 'vendor' : 'invalid',
    code: test.temporary ? 'VENDOR_UNREACHABLE' : 'CONNECTION_REFUSED',
    message: failed[0]?.message ?? `${vendorNames[vendor]} did not accept this.`,
    fix: fixOf(failed[0]?.fix) ?? 'Check the credential. Nothing was changed.',
    fields: failed.map(({ step, object, code, message, fix }) => ({
      path: object ? `${step}.${object}` : step,
      code: code ?? 'FAILED',
      message,
      ...(fix && { fix: step === 'authentic' ? (fixOf(fix) ?? fix) : fix }),
    })),
  });
}
