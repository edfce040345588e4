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

/** Never pass a secret or a value of a record: the trail is kept when everything else is deleted. @returns the entry's id. */
export async function audit(
  tx: Tx,
  by: Pick<Caller, 'actor' | 'requestId'>,
  { tenantId, action, subject, before, after }: AuditEntry,
): Promise<string> {
  const { id } = await tx
    .insertInto('audit')
    .values({
      tenant_id: tenantId,
      actor: by.actor,
      action,
      subject,
      ...fitChange(before, after),
      request_id: by.requestId,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
