/** The connections' rows: found, and written once a connection was seen working. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { toJsonb } from '../../db/jsonb.ts';
import type { Vendor } from '../../db/schema.ts';
import { type SyncObject, syncObjects } from '../../sync/config.ts';
import type { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { afterCommit, type Control, inTenant } from '../control.ts';
import { requestPause } from '../runs/start.ts';
import { otherWriterError, otherWriters, type Places, placesOf } from '../syncs/other-writers.ts';
import {
  type ComparedSubscription,
  leaveAccount,
  movesAccount,
  requireSamePortal,
  requireSameSubscription,
} from './account-moves.ts';
import { type Connection, fingerprint } from './credentials.ts';
import { readLogin } from './login-grants.ts';
import { giveBack, giveUpLogin } from './login-states.ts';
import { type Needs, needsOf } from './scopes.ts';
import { storedSettings, withStoredSettings } from './stored-settings.ts';

interface Storing {
  vendor: Vendor;
  kind: Connection['kind'];
  settings: Record<string, unknown>;
  identity: Record<string, unknown>;
  secret?: { name: string; value: Secret } | undefined;
  /** A secret that this one takes the place of. */
  drop?: string;
  allowPortalSwap?: boolean | undefined;
  subscription?: ComparedSubscription | undefined;
}

/**
 * Stores a connection that was just seen working, and resumes syncs that had stopped because it was missing: dead credential,
 * missing scope, wrong zone. What a person paused names no vendor and stays paused.
 */
export async function storeConnection(
  control: Control,
  caller: Caller,
  tenantId: string,
  connection: Storing,
): Promise<Connection> {
  const { vendor, subscription } = connection;
  const portalId = connection.identity.portalId as string | undefined;
  const credential =
    connection.kind === 'oauth' || !connection.secret ? undefined : fingerprint(connection.secret.value);
  await requireOnlyWriterAt(control, caller, tenantId, connection, credential);
  const { row, resumed, moves, replaced } = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx, tenant) => {
      const before = await findConnection(tx, tenantId, vendor, true);
      requireSamePortal(before, portalId, connection.allowPortalSwap ?? false);
      if (subscription !== undefined) requireSameSubscription(before, subscription);
      const moves = movesAccount(before, portalId, subscription);
      if (moves) await leaveAccount(tx, tenant);
      const replaced = vendor === 'hubspot' ? await readLogin(control, tx, tenantId) : undefined;
      if (connection.secret) await control.vault.put(tx, tenantId, connection.secret.name, connection.secret.value);
      if (connection.drop) await control.vault.remove(tx, tenantId, connection.drop);
      const row = await writeRow(tx, tenantId, connection, credential);
      await auditSet(tx, caller, tenantId, before, connection, moves);
      const resumed = await resumeSyncs(tx, caller, tenantId, vendor);
      return { row, resumed, moves, replaced: replaced && (await giveUpLogin(control, tx, tenantId, replaced)) };
    },
    { lock: connection.allowPortalSwap || subscription?.allowSwap ? 'update' : 'share' },
  );
  // A login that another credential took the place of is not kept; one that has stayed is in use, and is not revoked.
  if (replaced !== undefined) await giveBack(control, replaced);
  if (moves) {
    control.vendors.forgetTokens(tenantId);
    for (const object of syncObjects) {
      await afterCommit(control, 'cancel', () => control.starter.lookNow(tenantId, object));
    }
  }
  for (const object of resumed) {
    await afterCommit(control, 'resume', () => control.starter.lookNow(tenantId, object));
    await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  }
  return row;
}

async function writeRow(
  tx: Tx,
  tenantId: string,
  { vendor, kind, settings, identity, secret, subscription }: Storing,
  credential: string | undefined,
): Promise<Connection> {
  const values = {
    kind,
    ...storedSettings(settings),
    identity: toJsonb(identity),
    // Another account, or another key, may see other things.
    ...(secret ? { credential: credential ?? null, answers: '{}' } : {}),
    state: 'ok' as const,
    reason: null,
    checked_at: sql<Date>`now()`,
    updated_at: sql<Date>`now()`,
    ...(subscription && { marks: toJsonb(subscription.recognised.marks) }),
  };
  const row = await tx
    .insertInto('connections')
    .values({ tenant_id: tenantId, vendor, ...values })
    .onConflict((on) => on.columns(['tenant_id', 'vendor']).doUpdateSet(values))
    .returningAll()
    .executeTakeFirstOrThrow();
  return withStoredSettings(row);
}

async function auditSet(
  tx: Tx,
  caller: Caller,
  tenantId: string,
  before: Connection | undefined,
  { vendor, kind, settings, identity, secret }: Storing,
  moved: boolean,
): Promise<void> {
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
    after: { kind, settings, identity, credentialChanged: secret !== undefined, moved },
  });
}

/** Those that were paused for this vendor. */
async function resumeSyncs(tx: Tx, caller: Caller, tenantId: string, vendor: Vendor): Promise<SyncObject[]> {
  const resumed = await tx
    .updateTable('syncs')
    .set({ state: 'enabled', reason: null, updated_at: sql`now()`, resumed_at: sql`now()` })
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
    await requestPause(tx, tenantId, object, false);
  }
  return resumed.map(({ object }) => object);
}

/** The syncs that are on would write somewhere else from now on: does another one write there already? @throws `ALREADY_WRITTEN`. */
async function requireOnlyWriterAt(
  control: Control,
  caller: Caller,
  tenantId: string,
  { vendor, identity }: Storing,
  credential: string | undefined,
): Promise<void> {
  const { places, syncs } = await inTenant(control, caller, 'admin', tenantId, async (tx) => ({
    places: placesOf(await tx.selectFrom('connections').selectAll().where('tenant_id', '=', tenantId).execute()),
    syncs: await tx
      .selectFrom('syncs')
      .select(['object', 'config'])
      .where('tenant_id', '=', tenantId)
      .where('state', 'in', ['enabled', 'paused'])
      .execute(),
  }));
  const text = (value: unknown) => (value === undefined ? undefined : String(value));
  const there =
    vendor === 'hubspot'
      ? { portal: text(identity.portalId), credential: undefined, subscription: undefined }
      : { portal: undefined, credential, subscription: text(identity.subscription) };
  // The same place as before: whoever wrote there went on doing so, and is judged when its run starts.
  if (Object.entries(there).every(([name, place]) => place === undefined || place === places[name as keyof Places]))
    return;
  for (const { object, config } of syncs) {
    const problems = await otherWriters(control, { tenantId, object, config, places: there });
    if (problems.length > 0) throw otherWriterError(problems);
  }
}

export async function findConnection(
  tx: Tx,
  tenantId: string,
  vendor: Vendor,
  lock = false,
): Promise<Connection | undefined> {
  const query = tx.selectFrom('connections').selectAll().where('tenant_id', '=', tenantId).where('vendor', '=', vendor);
  const found = await (lock ? query.forUpdate() : query).executeTakeFirst();
  return found && withStoredSettings(found);
}

export async function readNeeds(tx: Tx, tenantId: string): Promise<Needs[]> {
  const syncs = await tx.selectFrom('syncs').select(['object', 'config']).where('tenant_id', '=', tenantId).execute();
  return syncs.map(({ object, config }) => needsOf(object, config));
}
