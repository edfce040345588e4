/** What the control plane stands on, passed in by the composition root and by tests. */

import type { Selectable } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import type { TenantsTable } from '../db/schema.ts';
import type { Scope } from '../db/schema-control.ts';
import type { GuardedFetch } from '../egress/index.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Vault } from '../vault/index.ts';
import type { AlertEgress } from './alerts/egress.ts';
import type { Mailer } from './alerts/mailer.ts';
import { authorise, type Caller } from './caller.ts';
import type { Vendors } from './connections/vendors.ts';
import { notFound } from './errors.ts';
import type { RunStarter, Schedules } from './ports.ts';
import type { IdentityProvider } from './sessions/identity-provider.ts';

export interface Control {
  db: Database;
  vault: Vault;
  vendors: Vendors;
  starter: RunStarter;
  schedules: Schedules;
  /** Epoch ms. */
  clock: () => number;
  log: Logger;
  /** Where browsers reach us; the base of the OAuth callback. No slash at the end. */
  publicUrl: string;
  /** Base address of the Temporal UI, for links to it. No slash at the end. */
  temporalUrl?: string | undefined;
  /** Every tenant has the four-eyes rule, whatever its own setting says. */
  fourEyes?: boolean | undefined;
  /** Left out: no bounds. */
  quotas?: Quotas | undefined;
  /** Left out: tenants may set what they like. */
  retention?: Retention | undefined;
  /** Left out: people sign in to the console with keys and one-time links only. */
  identityProvider?: IdentityProvider | undefined;
  /** Left out: the deployment has no mail server, and nothing is sent by e-mail. */
  mail?: Mailer | undefined;
  /** Where the deployment's own audit entries go. Left out: nowhere. */
  auditWebhook?: { url: string; secret: string; fetch: GuardedFetch } | undefined;
  /** Left out: alerts are recorded and logged, and posted nowhere. */
  alerts?: Pick<AlertEgress, 'fetch' | 'origins'> | undefined;
}

/** What one installation grants to each of its tenants. Undefined: no bound. */
export interface Quotas {
  /** Runs of one sync that are not its schedule's, previews and dry runs included, in any hour. */
  runsPerHour?: number | undefined;
  /** Runs of a tenant that read everything, however they were started, in any 24 hours. The schedule's own are counted apart. */
  fullRunsPerDay?: number | undefined;
  /** Tenants at most. */
  tenants?: number | undefined;
  /** Keys that may be used, and keys made in any 24 hours. The installation's own count as one more tenant's. */
  keys?: number | undefined;
  /** Open sessions of the console. */
  sessions?: number | undefined;
  /** Open logins at HubSpot. */
  logins?: number | undefined;
  /** Mappings of both syncs together. */
  mappings?: number | undefined;
  /** Entries in the audit trail in any 24 hours. */
  auditRowsPerDay?: number | undefined;
}

/** How long things are kept, in days: the most that a tenant may set for itself. */
export interface Retention {
  auditDays: number;
  evidenceDays: number;
  /** Of values of a sync that is disabled. Undefined: until they are erased. */
  disabledDays?: number | undefined;
}

export type Tenant = Selectable<TenantsTable>;

/**
 * Authorises, then runs `work` inside the tenant's wall with the tenant's row. `forUpdate` serialises with everything
 * else that changes the tenant's state.
 * @throws `NOT_FOUND` for a tenant that does not exist, was deleted, or is not the caller's.
 */
export async function inTenant<T>(
  control: Pick<Control, 'db'>,
  caller: Caller,
  scope: Scope,
  tenantId: string,
  work: (tx: Tx, tenant: Tenant) => Promise<T>,
  options: { lock?: 'share' | 'update' } = {},
): Promise<T> {
  authorise(caller, scope, tenantId);
  return control.db.tenant(tenantId, async (tx) => {
    let query = tx.selectFrom('tenants').selectAll().where('id', '=', tenantId).where('state', '!=', 'deleted');
    if (options.lock === 'share') query = query.forShare();
    if (options.lock === 'update') query = query.forUpdate();
    const tenant = await query.executeTakeFirst();
    if (tenant === undefined) throw notFound('tenant');
    return work(tx, tenant);
  });
}

/** Runs what follows a commit. The database is right already, so a failure here is repaired by the next reconciliation. */
export async function afterCommit(
  control: Pick<Control, 'log'>,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    control.log.warn(
      { err: error, what },
      'the engine could not be notified; it will read the change from the database',
    );
  }
}

export { isDatabaseAway } from '../db/away.ts';

export async function databaseAnswers(control: Pick<Control, 'db'>): Promise<boolean> {
  try {
    await control.db.pool.query('select 1');
    return true;
  } catch {
    return false;
  }
}
