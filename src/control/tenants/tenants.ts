/** The life of a tenant: created, listed, paused, disabled, and deleted with everything it held. */
import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { firstByWeight, hasMore } from '../../db/page-weight.ts';
import { activeStates } from '../../db/runs/index.ts';
import { type SyncObject, syncObjects } from '../../sync/config.ts';
import { audit } from '../audit/audit.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import { type HeldLogin, readLogin, readPendingLogins } from '../connections/login-grants.ts';
import { revokeErased } from '../connections/login-states.ts';
import { afterCommit, type Control, inTenant, type Tenant } from '../control.ts';
import { conflict, invalid } from '../errors.ts';
import { isSameJson } from '../same-json.ts';
import { eraseTenantData } from './erase.ts';
import { noteErasure } from './erasures.ts';
import {
  type OwnRetention,
  ownRetention,
  type RetentionInput,
  requireWithinBounds,
  retentionColumns,
} from './own-retention.ts';

export interface TenantInput {
  name: string;
  /** The caller's own id for the tenant. Creating twice with the same one gives the same tenant. */
  externalId?: string | undefined;
  settings?: Record<string, unknown> | undefined;
}

export function newTenantId(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  return `t_${Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('')}`;
}

/** Idempotent by external id; `created` says whether it was made now. */
export async function createTenant(
  control: Control,
  caller: Caller,
  input: TenantInput,
): Promise<{ tenant: Tenant; created: boolean }> {
  authorisePlatform(caller, 'admin');
  requireSmallSettings(input.settings);
  return control.db.platform(async (tx) => {
    await requireRoom(tx, control, input.externalId);
    const made = await tx
      .insertInto('tenants')
      .values({
        id: newTenantId(),
        external_id: input.externalId ?? null,
        name: input.name,
        settings: JSON.stringify(input.settings ?? {}),
      })
      .onConflict((on) => on.column('external_id').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (made === undefined) {
      const tenant = await tx
        .selectFrom('tenants')
        .selectAll()
        .where('external_id', '=', input.externalId ?? '')
        .executeTakeFirstOrThrow();
      return { tenant, created: false };
    }
    const after = { name: made.name, externalId: made.external_id, settings: made.settings };
    await audit(tx, caller, { tenantId: made.id, action: 'tenant.created', subject: 'tenant', after });
    return { tenant: made, created: true };
  });
}

/** Of a tenant's settings as JSON: they are notes, and each change of them is in the audit trail twice. */
export const settingsBytes = 4096;

function requireSmallSettings(settings: Record<string, unknown> | undefined): void {
  const bytes = Buffer.byteLength(JSON.stringify(settings ?? {}));
  if (bytes <= settingsBytes) return;
  throw invalid(
    'SETTINGS_TOO_LARGE',
    `The settings have ${bytes} bytes as JSON, and may have ${settingsBytes}.`,
    'Store longer texts elsewhere, and a link to them here.',
    [{ path: 'settings', code: 'SETTINGS_TOO_LARGE', message: `more than ${settingsBytes} bytes as JSON` }],
  );
}

/** Two at the same moment may both find room: a bound, not a contract. */
async function requireRoom(tx: Tx, control: Control, externalId: string | undefined): Promise<void> {
  const most = control.quotas?.tenants;
  if (most === undefined) return;
  const tenants = await tx.selectFrom('tenants').select('external_id').where('state', '!=', 'deleted').execute();
  const known = externalId !== undefined && tenants.some((tenant) => tenant.external_id === externalId);
  if (known || tenants.length < most) return;
  throw conflict(
    'TENANT_QUOTA',
    `This installation is for ${most} tenants.`,
    'Delete one, or raise CROSSWALK_MAX_TENANTS.',
  );
}

export async function listTenants(
  control: Control,
  caller: Caller,
  page: { after?: string | undefined; limit: number; externalId?: string | undefined },
): Promise<{ rows: Tenant[]; next: string | null }> {
  const { after, limit, externalId } = page;
  const read = async (tx: Tx) => {
    const { rows } = await firstByWeight<Tenant>(
      sql`select * from tenants
          where state <> 'deleted'
            ${after === undefined ? sql`` : sql`and id > ${after}`}
            ${externalId === undefined ? sql`` : sql`and external_id = ${externalId}`}
          order by id limit ${limit}`,
      // Version 0.1.0 took settings of any length.
      { weight: sql`500 + octet_length(settings::text)`, order: sql`id` },
    ).execute(tx);
    return { rows, next: hasMore(rows, limit) ? (rows.at(-1)?.id ?? null) : null };
  };
  // A bound key sees a list of one.
  if (caller.tenantId !== null) return inTenant(control, caller, 'read', caller.tenantId, read);
  authorisePlatform(caller, 'read');
  return control.db.platform(read);
}

export function getTenant(control: Control, caller: Caller, tenantId: string): Promise<Tenant> {
  return inTenant(control, caller, 'read', tenantId, async (_tx, tenant) => tenant);
}

export interface TenantChange {
  name?: string | undefined;
  settings?: Record<string, unknown> | undefined;
  fourEyes?: boolean | undefined;
  retention?: RetentionInput | undefined;
}

/** @throws `SETTINGS_TOO_LARGE`, `RETENTION_OUT_OF_BOUNDS` */
export function updateTenant(control: Control, caller: Caller, tenantId: string, input: TenantChange): Promise<Tenant> {
  authorise(caller, 'admin', tenantId);
  requireSmallSettings(input.settings);
  requireWithinBounds(control.retention, input.retention);
  return inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx, tenant) => {
      const before = {
        name: tenant.name,
        settings: tenant.settings,
        fourEyes: tenant.four_eyes,
        retention: ownRetention(tenant),
      };
      const retention: OwnRetention = { ...before.retention, ...input.retention };
      const next = {
        name: input.name ?? before.name,
        settings: input.settings ?? before.settings,
        fourEyes: input.fourEyes ?? before.fourEyes,
        retention,
      };
      if (isSameJson(before, next)) return tenant;
      const changed = await tx
        .updateTable('tenants')
        .set({
          name: next.name,
          settings: JSON.stringify(next.settings),
          four_eyes: next.fourEyes,
          ...retentionColumns(retention),
          updated_at: sql`now()`,
        })
        .where('id', '=', tenantId)
        .returningAll()
        .executeTakeFirstOrThrow();
      await audit(tx, caller, { tenantId, action: 'tenant.changed', subject: 'tenant', before, after: next });
      return changed;
    },
    { lock: 'update' },
  );
}

type SettableState = 'active' | 'paused' | 'disabled';

/**
 * Pause stops runs where they are, disable cancels them; no schedule fires in either state. Back to active, runs of
 * syncs that are not paused themselves carry on.
 */
export async function setTenantState(
  control: Control,
  caller: Caller,
  tenantId: string,
  state: SettableState,
): Promise<Tenant> {
  const { tenant, objects } = await inTenant(
    control,
    caller,
    'operate',
    tenantId,
    async (tx, before) => {
      if (before.state === state) return { tenant: before, objects: [] };
      const after = await tx
        .updateTable('tenants')
        .set({ state, updated_at: sql`now()` })
        .where('id', '=', tenantId)
        .returningAll()
        .executeTakeFirstOrThrow();
      if (state === 'active') {
        await tx.updateTable('syncs').set({ resumed_at: sql`now()` }).where('tenant_id', '=', tenantId).execute();
      }
      let active = tx.updateTable('runs').where('tenant_id', '=', tenantId).where('state', 'in', activeStates);
      if (state === 'active') {
        active = active.where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('syncs')
                .select('syncs.object')
                .whereRef('syncs.tenant_id', '=', 'runs.tenant_id')
                .whereRef('syncs.object', '=', 'runs.object')
                .where('syncs.state', '=', 'paused'),
            ),
          ),
        );
      }
      const touched = await active
        .set(state === 'disabled' ? { cancel_requested: true } : { pause_requested: state === 'paused' })
        .returning('object')
        .execute();
      await audit(tx, caller, {
        tenantId,
        action: `tenant.${state === 'active' ? 'resumed' : state}`,
        subject: 'tenant',
        before: { state: before.state },
        after: { state },
      });
      return { tenant: after, objects: touched.map(({ object }) => object) };
    },
    { lock: 'update' },
  );
  await notifyEngine(control, tenantId, objects);
  return tenant;
}

/**
 * Deletes for good: values, credentials and configuration go, the audit trail stays. A run in flight opened under the
 * epoch before, so nothing that it still writes is kept.
 */
export async function deleteTenant(control: Control, caller: Caller, tenantId: string, confirm: string): Promise<void> {
  const logins = await inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx, tenant) => {
      if (confirm !== tenantId) {
        throw conflict('CONFIRMATION_NEEDED', 'Deleting a tenant cannot be undone.', 'Send its id as `confirm`.');
      }
      await tx
        .updateTable('tenants')
        .set({
          state: 'deleted',
          epoch: tenant.epoch + 1,
          external_id: null,
          name: '',
          settings: '{}',
          updated_at: sql`now()`,
        })
        .where('id', '=', tenantId)
        .execute();
      const held = [await readLogin(control, tx, tenantId), ...(await readPendingLogins(control, tx, tenantId))];
      const counts = await eraseTenantData(tx, control.vault, tenantId);
      const auditId = await audit(tx, caller, {
        tenantId,
        action: 'tenant.deleted',
        subject: 'tenant',
        before: { name: tenant.name, externalId: tenant.external_id },
        after: counts,
      });
      await noteErasure(tx, caller, { tenantId, kind: 'tenant', counts, auditId });
      return held.filter((login): login is HeldLogin => login !== undefined);
    },
    { lock: 'update' },
  );
  control.vendors.forgetTokens(tenantId);
  await notifyEngine(control, tenantId, syncObjects);
  await revokeErased(control, tenantId, logins);
}

async function notifyEngine(control: Control, tenantId: string, objects: readonly SyncObject[]): Promise<void> {
  for (const object of objects) {
    await afterCommit(control, 'look now', () => control.starter.lookNow(tenantId, object));
  }
  for (const object of syncObjects) {
    await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  }
}
