/** The connections' rows: found, and written once a connection was seen working. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { toJsonb } from '../../db/jsonb.ts';
import { activeStates } from '../../db/runs/index.ts';
import type { Vendor } from '../../db/schema.ts';
import type { Recognised } from '../../pendo/index.ts';
import { syncObjects } from '../../sync/config.ts';
import type { Kinship } from '../../sync/subscription.ts';
import type { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { afterCommit, type Control, inTenant } from '../control.ts';
import { conflict } from '../errors.ts';
import { cancelActive } from '../runs/start.ts';
import { otherWriterError, otherWriters, type Places, placesOf } from '../syncs/other-writers.ts';

import { type Connection, fingerprint } from './credentials.ts';
import { readLogin } from './login-grants.ts';
import { giveBack, giveUpLogin } from './login-states.ts';
import { type Needs, needsOf } from './scopes.ts';
import { portalOf } from './vendors.ts';

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

/** Of a Pendo key that was just tried. */
export interface ComparedSubscription {
  recognised: Recognised;
  /** The connection that it was compared with. */
  knownSince: Date | undefined;
  /** A key was given; else only settings change. */
  isNewKey: boolean;
  allowSwap: boolean;
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
  const { vendor, kind, settings, identity } = connection;
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
      requireSamePortal(before, identity.portalId as string | undefined, connection.allowPortalSwap ?? false);
      const { subscription } = connection;
      if (subscription !== undefined) requireSameSubscription(before, subscription);
      const moves =
        before !== undefined &&
        (movesPortal(before, identity.portalId as string | undefined) || movesSubscription(subscription));
      if (moves) await leaveAccount(tx, tenant);
      const replaced = vendor === 'hubspot' ? await readLogin(control, tx, tenantId) : undefined;
      if (connection.secret) await control.vault.put(tx, tenantId, connection.secret.name, connection.secret.value);
      if (connection.drop) await control.vault.remove(tx, tenantId, connection.drop);
      const values = {
        kind,
        settings: JSON.stringify(settings),
        identity: toJsonb(identity),
        ...(connection.secret ? { credential: credential ?? null } : {}),
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
        after: { kind, settings, identity, credentialChanged: connection.secret !== undefined, moved: moves },
      });
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
        await tx
          .updateTable('runs')
          .set({ pause_requested: false })
          .where('tenant_id', '=', tenantId)
          .where('object', '=', object)
          .where('state', 'in', activeStates)
          .execute();
      }
      return { row, resumed, moves, replaced: replaced && (await giveUpLogin(control, tx, tenantId, replaced)) };
    },
    { lock: connection.allowPortalSwap || connection.subscription?.allowSwap ? 'update' : 'share' },
  );
  // A login that another credential took the place of is not kept; one that has stayed is in use, and is not revoked.
  if (replaced !== undefined) await giveBack(control, replaced);
  if (moves) {
    control.vendors.forgetTokens(tenantId);
    for (const object of syncObjects) {
      await afterCommit(control, 'cancel', () => control.starter.lookNow(tenantId, object));
    }
  }
  for (const { object } of resumed) {
    await afterCommit(control, 'resume', () => control.starter.lookNow(tenantId, object));
    await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  }
  return row;
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

function movesPortal(before: Connection, portalId: string | undefined): boolean {
  const known = portalOf(before);
  return known !== undefined && portalId !== undefined && known !== portalId;
}

/** Where it could not be told, a person who confirms has said so. */
function movesSubscription(subscription: ComparedSubscription | undefined): boolean {
  if (subscription === undefined) return false;
  const { recognised, isNewKey, allowSwap } = subscription;
  return isAsked(recognised.kinship) || (recognised.kinship === 'unknown' && isNewKey && allowSwap);
}

/**
 * The ids of one HubSpot account or Pendo subscription mean nothing, or somebody else, in another: runs that know them end,
 * also one that was held and may be approved, and what is remembered by them is forgotten.
 */
async function leaveAccount(tx: Tx, { id, epoch }: { id: string; epoch: number }): Promise<void> {
  await tx
    .updateTable('tenants')
    .set({ epoch: epoch + 1 })
    .where('id', '=', id)
    .execute();
  await cancelActive(tx, id);
  for (const table of ['hubspot_records', 'pendo_records', 'sent_values'] as const) {
    await tx.deleteFrom(table).where('tenant_id', '=', id).execute();
  }
}

/** May this be another subscription? Where nothing can be compared there is nothing to ask about. */
function isAsked(kinship: Kinship): boolean {
  return kinship === 'another' || kinship === 'emptied' || kinship === 'otherFields';
}

const subscriptionDiffers = {
  another:
    'The key is of another Pendo subscription than this tenant has: they have no guide, page, feature or track type in common.',
  emptied:
    'The key may be of another Pendo subscription than this tenant has: it lists no guide, page, feature or track type, and there were some.',
  otherFields:
    'The key may be of another Pendo subscription than this tenant has: they have no metadata field in common.',
} as const;

/** @throws `SUBSCRIPTION_SWAP`: values of another subscription must not be matched with this tenant's by accident; `CHANGED_MEANWHILE`. */
function requireSameSubscription(
  before: Connection | undefined,
  { recognised: { kinship }, knownSince, allowSwap }: ComparedSubscription,
): void {
  if (before?.updated_at.getTime() !== knownSince?.getTime()) {
    throw conflict('CHANGED_MEANWHILE', 'The Pendo connection was changed while the key was tried.', 'Try again.');
  }
  if (allowSwap || kinship === 'same' || kinship === 'unknown') return;
  throw conflict(
    'SUBSCRIPTION_SWAP',
    subscriptionDiffers[kinship],
    'Use a key of the same subscription, or confirm with `allowSubscriptionSwap: true` if the tenant is to move: what was read and remembered here then ends, and the next run reads everything.',
  );
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
