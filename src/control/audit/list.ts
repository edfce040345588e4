/** The audit trail, a page at a time. */
import { type Selectable, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { firstByWeight, hasMore } from '../../db/page-weight.ts';
import type { ControlTables } from '../../db/schema-control.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';

export interface AuditPage {
  /** Entries below this id. */
  before?: string | undefined;
  limit: number;
}

export type AuditRow = Selectable<ControlTables['audit']>;

/** Without a tenant: everything that the caller may see. A page is bounded by its weight, so it may be short with more to come. */
export async function listAudit(
  control: Pick<Control, 'db'>,
  caller: Caller,
  tenantId: string | undefined,
  page: AuditPage,
): Promise<{ rows: AuditRow[]; next: string | null }> {
  const of = tenantId ?? caller.tenantId;
  const read = async (tx: Tx) => {
    const { rows } = await firstByWeight<AuditRow>(
      sql`select id::text as id, at, tenant_id, actor, action, subject, before, after, request_id from audit
          where true ${of === null ? sql`` : sql`and tenant_id = ${of}`}
            ${page.before === undefined ? sql`` : sql`and id < ${page.before}::bigint`}
          order by audit.id desc limit ${page.limit}`,
      {
        weight: sql`300 + coalesce(octet_length(before::text), 0) + coalesce(octet_length(after::text), 0)`,
        order: sql`id::bigint desc`,
      },
    ).execute(tx);
    return { rows, next: hasMore(rows, page.limit) ? (rows.at(-1)?.id ?? null) : null };
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

/** All of it, a page at a time, each in a transaction of its own: an export may take as long as its reader. */
export async function* streamAudit(
  control: Pick<Control, 'db'>,
  caller: Caller,
  tenantId: string | undefined,
): AsyncGenerator<AuditRow> {
  let limit = 500;
  for (let before: string | undefined; ; ) {
    const { rows, next } = await listAudit(control, caller, tenantId, { limit, before });
    yield* rows;
    if (next === null) return;
    before = next;
    // What did not fit was read in vain.
    limit = Math.min(500, 2 * rows.length);
  }
}
