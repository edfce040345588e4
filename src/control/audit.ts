/** The audit trail: who did what to what. Written in the transaction of the change, so neither exists without the other. */
import type { Tx } from '../db/index.ts';
import { toJsonb } from '../db/jsonb.ts';
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
      before: entry.before === undefined ? null : toJsonb(entry.before),
      after: entry.after === undefined ? null : toJsonb(entry.after),
      request_id: caller.requestId,
    })
    .execute();
}

export interface AuditPage {
  /** Entries below this id. */
  before?: string | undefined;
  limit: number;
}

/** Without a tenant: everything that the caller may see. */
export async function listAudit(
  control: Pick<Control, 'db'>,
  caller: Caller,
  tenantId: string | undefined,
  page: AuditPage,
) {
  const of = tenantId ?? caller.tenantId;
  const read = (tx: Tx) => {
    let query = tx.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(page.limit);
    if (of !== null) query = query.where('tenant_id', '=', of);
    if (page.before !== undefined) query = query.where('id', '<', page.before);
    return query.execute();
  };
  if (of === null) {
    authorisePlatform(caller, 'admin');
    return control.db.platform(read);
  }
  // An unbound administrator reads the trail of a tenant that was deleted, too.
  if (caller.tenantId !== null) return inTenant(control, caller, 'admin', of, read);
  authorise(caller, 'admin', of);
  return control.db.tenant(of, read);
}

export async function* streamAudit(control: Pick<Control, 'db'>, caller: Caller, tenantId: string | undefined) {
  const limit = 1000;
  for (let before: string | undefined; ; ) {
    const rows = await listAudit(control, caller, tenantId, { limit, before });
    yield* rows;
    if (rows.length < limit) return;
    before = rows.at(-1)?.id;
  }
}
