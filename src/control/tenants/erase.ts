/** Erasing values: of a sync that is off for good, or of a whole tenant. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { active } from '../../db/runs/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import type { Vault } from '../../vault/index.ts';
import type { Tenant } from '../control.ts';
import type { Counts } from './erasures.ts';

const byObject = [
  ...(['hubspot_records', 'pendo_records', 'sent_values'] as const),
  ...(['outcomes', 'filed_elsewhere', 'event_occurrences'] as const),
] as const;
const byRun = [
  'deliveries',
  'run_records',
  'read_ranges',
  'account_tallies',
  'excluded_visitors',
  'seen_ids',
  'event_days',
] as const;

/**
 * Mirror, evidence and samples of one object. The configuration and the runs' counts stay. The caller holds the tenant's row for
 * update, so no step is writing; what is under way finds its ground gone and puts nothing back.
 */
export async function eraseSyncValues(tx: Tx, tenant: Tenant, object: SyncObject): Promise<Counts> {
  const tenantId = tenant.id;
  const counts: Counts = {};
  await leaveGround(tx, tenant, object);
  for (const table of byObject) {
    const gone = tx.deleteFrom(table).where('tenant_id', '=', tenantId).where('object', '=', object);
    count(counts, table, await gone.executeTakeFirst());
  }
  const runs = tx.selectFrom('runs').select('id').where('tenant_id', '=', tenantId).where('object', '=', object);
  // The ledger is gone: days that were looked at are not looked at again, or they would be sent twice.
  await sql`
    update event_entries set first_day = greatest(first_day, through)
    where tenant_id = ${tenantId} and object = ${object}`.execute(tx);
  for (const table of byRun) {
    const gone = tx.deleteFrom(table).where('tenant_id', '=', tenantId).where('run_id', 'in', runs);
    count(counts, table, await gone.executeTakeFirst());
  }
  // Without its plan no run is built on any more: the mirror that it stood for is gone.
  await tx
    .updateTable('runs')
    .set({ preview: null, held: '[]', dropped: '[]', plan: null })
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .execute();
  return counts;
}

/** Tables that had nothing are left out. */
function count(counts: Counts, table: string, { numDeletedRows }: { numDeletedRows: bigint }): void {
  if (numDeletedRows > 0n) counts[table] = Number(numDeletedRows);
}

/**
 * Runs of the object that opened before now write nothing more. Those of the other object stand on the same ground as before: a
 * step of theirs that meets the change is tried once more.
 */
async function leaveGround(tx: Tx, { id, epoch }: Tenant, object: SyncObject): Promise<void> {
  await tx
    .updateTable('tenants')
    .set({ epoch: epoch + 1 })
    .where('id', '=', id)
    .execute();
  await tx
    .updateTable('runs')
    .set({ epoch: epoch + 1 })
    .where('tenant_id', '=', id)
    .where('object', '!=', object)
    .where('epoch', '=', epoch)
    .execute();
}

/** Everything but the tenant's row, its runs' counts, and the audit trail. */
export async function eraseTenantData(tx: Tx, vault: Vault, tenantId: string): Promise<Counts> {
  const counts: Counts = {};
  await tx
    .updateTable('runs')
    .set({
      cancel_requested: true,
      state: sql`case when state in ${active} or state = 'held' then 'cancelled' else state end`,
      closed_at: sql`coalesce(closed_at, now())`,
      reason: null,
      preview: null,
      plan: null,
      held: '[]',
      decision: null,
      config: '{}',
    })
    .where('tenant_id', '=', tenantId)
    .execute();
  await tx
    .updateTable('api_keys')
    .set({ revoked_at: sql`coalesce(revoked_at, now())` })
    .where('tenant_id', '=', tenantId)
    .execute();
  for (const table of [
    ...byObject,
    ...byRun,
    'event_entries',
    'event_months',
    'suppressions',
    'alert_mails',
    'alert_recipients',
    'vendor_usage',
    'usage_months',
    'alerts',
    'alert_states',
    'alert_targets',
    'oauth_states',
    'schedule_faults',
    'sync_versions',
    'syncs',
    'connections',
  ] as const) {
    const gone = tx.deleteFrom(table).where('tenant_id', '=', tenantId);
    count(counts, table, await gone.executeTakeFirst());
  }
  const secrets = await vault.erase(tx, tenantId);
  return secrets > 0 ? { ...counts, secrets } : counts;
}
