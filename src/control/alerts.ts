/** Where a tenant wants to be told, and what it was told. */
import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { ControlTables } from '../db/schema-control.ts';
import { Secret } from '../vault/index.ts';
import { audit } from './audit.ts';
import type { Caller } from './caller.ts';
import { type Control, inTenant } from './control.ts';
import { invalid, notFound } from './errors.ts';

export type AlertTarget = Selectable<ControlTables['alert_targets']>;
export type Alert = Selectable<ControlTables['alerts']>;

export interface AlertTargetInput {
  url: string;
  enabled: boolean;
  quietHours: number;
  /** Sign with a new secret, and for now with the one before, too. */
  rotateSecret?: boolean | undefined;
}

export const alertSecrets = { current: 'alert.secret', previous: 'alert.secret.previous' } as const;

/** The signing secret is in the answer when it is made or rotated, and never again. */
export async function putAlertTarget(
  control: Control,
  caller: Caller,
  tenantId: string,
  input: AlertTargetInput,
): Promise<{ target: AlertTarget; secret: Secret | undefined }> {
  requireUsableAddress(input.url, control.alerts?.origins ?? []);
  return inTenant(
    control,
    caller,
    'admin',
    tenantId,
    async (tx) => {
      const before = await tx
        .selectFrom('alert_targets')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .executeTakeFirst();
      const known = await control.vault.get(tx, tenantId, alertSecrets.current);
      const fresh = known === undefined || input.rotateSecret === true;
      const secret = fresh ? new Secret(`whsec_${randomBytes(24).toString('base64')}`) : undefined;
      if (secret !== undefined) {
        if (known !== undefined) await control.vault.put(tx, tenantId, alertSecrets.previous, known);
        await control.vault.put(tx, tenantId, alertSecrets.current, secret);
      }
      const values = {
        url: input.url,
        enabled: input.enabled,
        quiet_hours: input.quietHours,
        updated_at: sql<Date>`now()`,
      };
      const target = await tx
        .insertInto('alert_targets')
        .values({ tenant_id: tenantId, ...values })
        .onConflict((on) => on.column('tenant_id').doUpdateSet(values))
        .returningAll()
        .executeTakeFirstOrThrow();
      const show = (row: AlertTarget) => ({
        url: withoutQuery(row.url),
        enabled: row.enabled,
        quietHours: row.quiet_hours,
      });
      await audit(tx, caller, {
        tenantId,
        action: 'alerts.configured',
        subject: 'alerts',
        before: before && show(before),
        after: { ...show(target), secretChanged: fresh },
      });
      return { target, secret };
    },
    { lock: 'share' },
  );
}

export function getAlertTarget(control: Control, caller: Caller, tenantId: string): Promise<AlertTarget> {
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const target = await tx
      .selectFrom('alert_targets')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst();
    if (target === undefined) throw notFound('alert target');
    return target;
  });
}

export function deleteAlertTarget(control: Control, caller: Caller, tenantId: string): Promise<void> {
  return inTenant(control, caller, 'admin', tenantId, async (tx) => {
    const gone = await tx
      .deleteFrom('alert_targets')
      .where('tenant_id', '=', tenantId)
      .returning('url')
      .executeTakeFirst();
    if (gone === undefined) throw notFound('alert target');
    for (const name of Object.values(alertSecrets)) await control.vault.remove(tx, tenantId, name);
    await tx.updateTable('alerts').set({ next_attempt_at: null }).where('tenant_id', '=', tenantId).execute();
    await audit(tx, caller, {
      tenantId,
      action: 'alerts.removed',
      subject: 'alerts',
      before: { url: withoutQuery(gone.url) },
    });
  });
}

export function listAlerts(control: Control, caller: Caller, tenantId: string, limit: number): Promise<Alert[]> {
  return inTenant(control, caller, 'read', tenantId, (tx) =>
    tx
      .selectFrom('alerts')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .limit(limit)
      .execute(),
  );
}

/** What can be told from the text alone. Where the name leads is looked at when the call is made. */
function requireUsableAddress(text: string, origins: readonly string[]): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usable = url && url.username === '' && url.password === '' && url.hash === '';
  if (usable && (url.protocol === 'https:' || origins.includes(url.origin))) return;
  throw invalid(
    'ALERT_ADDRESS',
    'Alerts go to https addresses without a user name.',
    'Send an address like https://example.com/hooks/crosswalk.',
    [{ path: 'url', code: 'ALERT_ADDRESS', message: 'not a usable https address' }],
  );
}

/** A query often holds a token of the receiver's. */
export function withoutQuery(address: string | null): string | null {
  return address === null ? null : address.replace(/\?.*$/, '?…');
}
