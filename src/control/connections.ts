/** A tenant's two connections: made by key or token, tested, and undone. Logins by OAuth are in oauth.ts. */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { Vendor } from '../db/schema.ts';
import { type PendoRegion, pendoOrigins } from '../egress/index.ts';
import { isZone } from '../sync/clock.ts';
import { type PendoSettings, type SyncObject, syncObjects } from '../sync/config.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { Secret } from '../vault/index.ts';
import { audit } from './audit.ts';
import type { Caller } from './caller.ts';
import { vendorName } from './connection-loss.ts';
import { type ConnectionTest, testHubSpot, testPendo } from './connection-tests.ts';
import { afterCommit, type Control, inTenant } from './control.ts';
import { ControlError, conflict, invalid, notFound } from './errors.ts';
import { closeHeld } from './runs.ts';
import { type Needs, needsOf } from './scopes.ts';
import { type Connection, portalOf } from './vendors.ts';

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
  const connection = await store(control, caller, tenantId, {
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
  const connection = await store(control, caller, tenantId, {
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
      reason: reason === undefined ? null : JSON.stringify(reason),
      // A connection that was lost comes back by connecting, not by a test that happens to pass.
      ...(test.ok && connection.state === 'unchecked' ? { state: 'ok' as const } : {}),
      ...(test.ok ? { identity: JSON.stringify({ ...connection.identity, ...test.identity }) } : {}),
    })
    .where('tenant_id', '=', connection.tenant_id)
    .where('vendor', '=', connection.vendor)
    .where('updated_at', '=', connection.updated_at)
    .execute();
}

/** Always succeeds here; the vendor is told afterwards and may fail to listen. Syncs pause, deliveries stop at once. */
export async function disconnect(control: Control, caller: Caller, tenantId: string, vendor: Vendor): Promise<void> {
  const refresh = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx, tenant) => {
      const connection = await findConnection(tx, tenantId, vendor);
      if (connection === undefined) throw notFound('connection');
      if (connection.state === 'disconnected') return undefined;
      const login = vendor === 'hubspot' ? await readRefreshToken(control, tx, tenantId) : undefined;
      for (const name of vendor === 'hubspot' ? ['hubspot.oauth', 'hubspot.token'] : ['pendo.key']) {
        await control.vault.remove(tx, tenantId, name);
      }
      await tx
        .updateTable('connections')
        .set({ state: 'disconnected', reason: null, updated_at: sql`now()` })
        .where('tenant_id', '=', tenantId)
        .where('vendor', '=', vendor)
        .execute();
      const reason = {
        code: 'DISCONNECTED',
        message: `${vendorName[vendor]} was disconnected.`,
        fix: `Connect ${vendorName[vendor]} again; the sync then resumes by itself.`,
        vendor,
      };
      await tx
        .updateTable('syncs')
        .set({ state: 'paused', reason: JSON.stringify(reason), updated_at: sql`now()` })
        .where('tenant_id', '=', tenantId)
        .where('state', '=', 'enabled')
        .execute();
      await tx
        .updateTable('tenants')
        .set({ epoch: tenant.epoch + 1 })
        .where('id', '=', tenantId)
        .execute();
      await cancelActive(tx, tenantId);
      await audit(tx, caller, { tenantId, action: 'connection.disconnected', subject: `connection:${vendor}` });
      return login;
    },
    { lock: 'update' },
  );
  control.vendors.forgetTokens(tenantId);
  for (const object of syncObjects) {
    await afterCommit(control, 'cancel', () => control.starter.signal(tenantId, object, 'cancel'));
    await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  }
  await revokeLogin(control, refresh);
}

/** Tells HubSpot that a login is over. It may fail to listen: here the login is gone already. */
export async function revokeLogin(control: Control, refreshToken: string | undefined): Promise<void> {
  const oauth = control.vendors.oauth();
  if (refreshToken === undefined || oauth === undefined) return;
  await afterCommit(control, 'revocation', () => oauth.revoke(refreshToken));
}

export async function readRefreshToken(control: Control, tx: Tx, tenantId: string): Promise<string | undefined> {
  const stored = await control.vault.get(tx, tenantId, 'hubspot.oauth').catch(() => undefined);
  return stored && (JSON.parse(stored.reveal()) as { refreshToken: string }).refreshToken;
}

/** Runs that go on are asked to end; those that wait for approval end here. */
export async function cancelActive(
  tx: Tx,
  tenantId: string,
  objects: readonly SyncObject[] = syncObjects,
): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ cancel_requested: true })
    .where('tenant_id', '=', tenantId)
    .where('object', 'in', objects)
    .where('state', 'in', ['queued', 'running', 'paused', 'waiting'])
    .execute();
  for (const object of objects) {
    await closeHeld(tx, tenantId, object, {
      code: 'CANCELLED',
      message: 'The sync was stopped before this run was approved.',
    });
  }
}

interface Storing {
  vendor: Vendor;
  kind: Connection['kind'];
  settings: Record<string, unknown>;
  identity: Record<string, unknown>;
  secret?: { name: string; value: Secret } | undefined;
  /** A secret that this one takes the place of. */
  drop?: string;
  allowPortalSwap?: boolean | undefined;
}

/**
 * Stores a connection that was just seen working, and lets syncs go on that had stopped for want of it: dead credential,
 * missing scope, wrong zone. What a person paused names no vendor and stays paused.
 */
export async function store(
  control: Control,
  caller: Caller,
  tenantId: string,
  connection: Storing,
): Promise<Connection> {
  const { vendor, kind, settings, identity } = connection;
  const { row, resumed } = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx) => {
      const before = await findConnection(tx, tenantId, vendor, true);
      requireSamePortal(before, identity.portalId as string | undefined, connection.allowPortalSwap ?? false);
      if (connection.secret) await control.vault.put(tx, tenantId, connection.secret.name, connection.secret.value);
      if (connection.drop) await control.vault.remove(tx, tenantId, connection.drop);
      const values = {
        kind,
        settings: JSON.stringify(settings),
        identity: JSON.stringify(identity),
        state: 'ok' as const,
        reason: null,
        checked_at: sql<Date>`now()`,
        updated_at: sql<Date>`now()`,
      };
      const row = await tx
        .insertInto('connections')
        .values({ tenant_id: tenantId, vendor, ...values })
        .onConflict((on) => on.columns(['tenant_id', 'vendor']).doUpdateSet(values))
        .returningAll()
        .executeTakeFirstOrThrow();
      await audit(tx, caller, {
        tenantId,
        action: 'connection.set',
        subject: `connection:${vendor}`,
        before: before && {
          kind: before.kind,
          settings: before.settings,
          identity: before.identity,
          state: before.state,
        },
        after: { kind, settings, identity, credentialChanged: connection.secret !== undefined },
      });
      const resumed = await tx
        .updateTable('syncs')
        .set({ state: 'enabled', reason: null, updated_at: sql`now()` })
        .where('tenant_id', '=', tenantId)
        .where('state', '=', 'paused')
        .where(sql<string>`reason->>'vendor'`, '=', vendor)
        .returning('object')
        .execute();
      for (const { object } of resumed) {
        await audit(tx, caller, {
          tenantId,
          action: 'sync.resumed',
          subject: `sync:${object}`,
          after: { reconnected: vendor },
        });
        await tx
          .updateTable('runs')
          .set({ pause_requested: false })
          .where('tenant_id', '=', tenantId)
          .where('object', '=', object)
          .where('state', 'in', ['queued', 'running', 'paused', 'waiting'])
          .execute();
      }
      return { row, resumed };
    },
    { lock: 'share' },
  );
  for (const { object } of resumed) {
    await afterCommit(control, 'resume', () => control.starter.signal(tenantId, object, 'resume'));
    await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  }
  return row;
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

export async function findConnection(
  tx: Tx,
  tenantId: string,
  vendor: Vendor,
  lock = false,
): Promise<Connection | undefined> {
  const query = tx.selectFrom('connections').selectAll().where('tenant_id', '=', tenantId).where('vendor', '=', vendor);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

export async function readNeeds(tx: Tx, tenantId: string): Promise<Needs[]> {
  const syncs = await tx.selectFrom('syncs').select(['object', 'config']).where('tenant_id', '=', tenantId).execute();
  return syncs.map(({ object, config }) => needsOf(object, config));
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
