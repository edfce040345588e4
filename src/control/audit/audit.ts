/** The audit trail: who did what to what. Written in the transaction of the change, so neither exists without the other. */
import type { Tx } from '../../db/index.ts';
import type { Caller } from '../caller.ts';
import { fitChange } from './audit-change.ts';

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
      ...fitChange(entry.before, entry.after),
      request_id: caller.requestId,
    })
    .execute();
}
