/** The audit trail: who did what to what. Written in the transaction of the change, so neither exists without the other. */
import type { Tx } from '../db/index.ts';
import { authorise, authorisePlatform, type Caller } from './caller.ts';
import { type Control, inTenant } from './control.ts';

export interface AuditEntry {
  tenantId: string | null;
  /** `noun.verb`, e.g. `sync.enabled`. */
  action: string;
  /** What it was done to, e.g. `sync:visitor`. */
  subject: string;
  before?: unknown;
  after?: unknown;
}

/** Never pass a secret or a value of a record: the trail is kept when everything else is deleted. */
export async function audit(tx: Tx, caller: Caller, entry: AuditEntry): Promise<void> {
  await tx
    .insertInto('audit')
    .values({
      tenant_id: entry.tenantId,
      actor: caller.actor,
      action: entry.action,
      subject: entry.subject,
      before: entry.before === undefined ? null : JSON.stringify(entry.before),
      after: entry.after === undefined ? null : JSON.stringify(entry.after),
      request_id: caller.requestId,
    })
    .execute();
}

export interface AuditPage {
  /** Entries below this id. */
  before?: string | undefined;
  limit: number;
}

export async function listAudit(control: Control, caller: Caller, tenantId: string | null, page: AuditPage) {
  const read = (tx: Tx) => {
    let query = tx.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(page.limit);
    if (tenantId !== null) query = query.where('tenant_id', '=', tenantId);
    if (page.before !== undefined) query = query.where('id', '<', page.before);
    return query.execute();
  };
  if (tenantId === null) {
    authorisePlatform(caller, 'admin');
    return control.db.platform(read);
  }
  // An unbound administrator reads the trail of a tenant that was deleted, too.
  if (caller.tenantId === null) {
    authorise(caller, 'admin', tenantId);
    return control.db.tenant(tenantId, read);
  }
  return inTenant(control, caller, 'admin', tenantId, read);
}
