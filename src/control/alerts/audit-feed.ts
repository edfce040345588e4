/**
 * A tenant's audit entries, for its own webhook: signed and delivered as alerts are. Messages may overtake each other: each entry has
 * its place in the chain. Chats get none.
 */
import { randomUUID } from 'node:crypto';
import type { Tx } from '../../db/index.ts';
import { linesAfter } from '../audit/feed-lines.ts';
import type { Control } from '../control.ts';

/** Of one tenant in one round. */
const mostMessages = 20;

/** Kind of such an alert. Its entries are for who receives them and for administrators, not for everybody who may list alerts. */
export const auditKind = 'audit';

/** Makes messages of what is new, for all tenants that want them. @returns how many entries. */
export async function queueAuditEntries(control: Pick<Control, 'db' | 'clock'>): Promise<number> {
  const tenants = await control.db.platform((tx) =>
    tx
      .selectFrom('alert_targets')
      .select('tenant_id')
      .where('audit_from', 'is not', null)
      .where('enabled', '=', true)
      .where('url', 'is not', null)
      .execute(),
  );
  let queued = 0;
  for (const { tenant_id } of tenants) {
    for (let round = 0; round < mostMessages; round++) {
      const entries = await control.db.tenant(tenant_id, (tx) => queueNext(tx, tenant_id, control.clock()));
      queued += entries;
      if (entries === 0) break;
    }
  }
  return queued;
}

async function queueNext(tx: Tx, tenantId: string, now: number): Promise<number> {
  // Whoever else looks now leaves it.
  const target = await tx
    .selectFrom('alert_targets')
    .select('audit_from')
    .where('tenant_id', '=', tenantId)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (target === undefined || target.audit_from === null) return 0;
  const lines = await linesAfter(tx, tenantId, target.audit_from);
  const last = lines.at(-1);
  if (last === undefined) return 0;
  const body = {
    type: auditKind,
    tenantId,
    at: new Date(now).toISOString(),
    message: `${lines.length} entries of the audit trail.`,
    chain: tenantId,
    entries: lines,
  };
  await tx
    .insertInto('alerts')
    .values({
      id: `msg_${randomUUID()}`,
      tenant_id: tenantId,
      object: auditKind,
      kind: auditKind,
      body: JSON.stringify(body),
      created_at: new Date(now),
      next_attempt_at: new Date(now),
    })
    .execute();
  await tx
    .updateTable('alert_targets')
    .set({ audit_from: String(last.seq) })
    .where('tenant_id', '=', tenantId)
    .execute();
  return lines.length;
}
