/** Where a tenant wants to be told, and what it was told. */
import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { ControlTables } from '../../db/schema-control.ts';
import { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { notFound } from '../errors.ts';
import { type AlertKind, addressFingerprint, kindOf, maskAddress, requireUsableAddress } from './address.ts';

export type AlertTarget = Selectable<ControlTables['alert_targets']>;
export type Alert = Selectable<ControlTables['alerts']>;

export interface AlertTargetInput {
  url: string;
  enabled: boolean;
  quietHours: number;
  /** Left out: told from the address. */
  kind?: AlertKind | undefined;
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
        kind: input.kind ?? null,
        // Of the address before.
        ...(before?.url === input.url ? {} : { last_delivery: null }),
        updated_at: sql<Date>`now()`,
      };
      const target = await tx
        .insertInto('alert_targets')
        .values({ tenant_id: tenantId, ...values })
        .onConflict((on) => on.column('tenant_id').doUpdateSet(values))
        .returningAll()
        .executeTakeFirstOrThrow();
      const show = (row: AlertTarget) => ({
        ...shownAddress(row),
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

/** Of an address only this much is shown to anybody, the audit trail included. */
export function shownAddress({ url, kind }: Pick<AlertTarget, 'url' | 'kind'>) {
  if (url === null) return { url: null, fingerprint: null, kind: null };
  return { url: maskAddress(url), fingerprint: addressFingerprint(url), kind: kindOf(url, kind) };
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
      before: { url: gone.url === null ? null : maskAddress(gone.url) },
    });
  });
}

export function listAlerts(
  control: Control,
  caller: Caller,
  tenantId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<{ rows: Alert[]; next: string | null }> {
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const rows = await tx
      .selectFrom('alerts')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .$if(before !== undefined, (query) =>
        query.where(
          sql<boolean>`(created_at, id) < (select b.created_at, b.id from alerts b where b.id = ${before ?? ''})`,
        ),
      )
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    return { rows: page, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
  });
}
