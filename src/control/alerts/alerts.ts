/** Where a tenant's alerts are sent, and which were sent. */
import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { ControlTables } from '../../db/schema-control.ts';
import { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import { headOf } from '../audit/feed-lines.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { type ControlError, invalid, notFound } from '../errors.ts';
import { type AlertKind, addressFingerprint, kindOf, maskAddress, requireUsableAddress } from './address.ts';

export type AlertTarget = Selectable<ControlTables['alert_targets']>;
export type Alert = Selectable<ControlTables['alerts']>;

export interface AlertTargetInput {
  url: string;
  enabled: boolean;
  quietHours: number;
  /** Left out: derived from the address. */
  kind?: AlertKind | undefined;
  /** Send the tenant's audit entries as well. Left out: as it is. */
  auditEntries?: boolean | undefined;
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
  const isWebhook = kindOf(input.url, input.kind ?? null) === 'webhook';
  if (input.auditEntries && !isWebhook) throw auditNeedsWebhook();
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
      const secret = await newSecret(tx, control, tenantId, input.rotateSecret === true);
      const values = {
        url: input.url,
        enabled: input.enabled,
        quiet_hours: input.quietHours,
        kind: input.kind ?? null,
        audit_from: await auditFrom(
          tx,
          tenantId,
          before,
          isWebhook && (input.auditEntries ?? before?.audit_from != null),
        ),
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
      await audit(tx, caller, {
        tenantId,
        action: 'alerts.configured',
        subject: 'alerts',
        before: before && auditedTarget(before),
        after: { ...auditedTarget(target), secretChanged: secret !== undefined },
      });
      return { target, secret };
    },
    { lock: 'share' },
  );
}

/** The first signing secret of a tenant, or the next one: the one before stays valid beside it. */
async function newSecret(tx: Tx, control: Control, tenantId: string, rotate: boolean): Promise<Secret | undefined> {
  const known = await control.vault.get(tx, tenantId, alertSecrets.current);
  if (known !== undefined && !rotate) return undefined;
  const secret = new Secret(`whsec_${randomBytes(24).toString('base64')}`);
  if (known !== undefined) await control.vault.put(tx, tenantId, alertSecrets.previous, known);
  await control.vault.put(tx, tenantId, alertSecrets.current, secret);
  return secret;
}

function auditedTarget(target: AlertTarget) {
  return {
    ...shownAddress(target),
    enabled: target.enabled,
    quietHours: target.quiet_hours,
    auditEntries: target.audit_from !== null,
  };
}

/** A feed that is on already keeps its place. */
async function auditFrom(
  tx: Tx,
  tenantId: string,
  before: Pick<AlertTarget, 'audit_from'> | undefined,
  wanted: boolean,
): Promise<string | null> {
  if (!wanted) return null;
  return before?.audit_from ?? headOf(tx, tenantId);
}

function auditNeedsWebhook(): ControlError {
  return invalid(
    'AUDIT_NEEDS_WEBHOOK',
    'Audit entries go to a webhook of your own only: a chat cannot check who sent them.',
    'Leave auditEntries out, or set the address of a webhook.',
    [{ path: 'auditEntries', code: 'AUDIT_NEEDS_WEBHOOK', message: 'the receiver is a chat' }],
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

/** With how many mails were to be sent of each, and how many were. */
export type ListedAlert = Alert & { mails: { total: number; sent: number } };

export function listAlerts(
  control: Control,
  caller: Caller,
  tenantId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<{ rows: ListedAlert[]; next: string | null }> {
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
    const mails = await sql<{ id: string; total: number; sent: number }>`
      select alert_id as id, count(*)::int as total, count(delivered_at)::int as sent from alert_mails
      where tenant_id = ${tenantId} and alert_id = any(${page.map(({ id }) => id)}::text[]) group by 1`.execute(tx);
    const byAlert = new Map(mails.rows.map(({ id, total, sent }) => [id, { total, sent }]));
    return {
      rows: page.map((alert) => ({ ...alert, mails: byAlert.get(alert.id) ?? { total: 0, sent: 0 } })),
      next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  });
}
