/** Proofs of what was erased: what, when, by whom, and how many rows. They name no person, and outlive the tenant. */
import { type Selectable, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { ControlTables } from '../../db/schema-control.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import type { Control } from '../control.ts';

/** Rows by table. */
export type Counts = Record<string, number>;
export type Erasure = Selectable<ControlTables['erasures']>;

export interface NewErasure {
  tenantId: string;
  kind: Erasure['kind'];
  object?: string | undefined;
  counts: Counts;
  /** The entry of the audit trail that goes with it, and holds the same counts. */
  auditId: string;
}

/** In the transaction of the erasure. @returns its id. */
export async function noteErasure(tx: Tx, caller: Caller, erasure: NewErasure): Promise<string> {
  const { id } = await tx
    .insertInto('erasures')
    .values({
      tenant_id: erasure.tenantId,
      kind: erasure.kind,
      object: erasure.object ?? null,
      actor: caller.actor,
      counts: JSON.stringify(erasure.counts),
      audit_id: erasure.auditId,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, rows) => sum + rows, 0);
}

/** Newest first. An administrator of the deployment reads those of tenants that are gone, too. */
export async function listErasures(
  control: Pick<Control, 'db'>,
  caller: Caller,
  { tenantId, before, limit }: { tenantId?: string | undefined; before?: string | undefined; limit: number },
): Promise<{ rows: Erasure[]; next: string | null }> {
  const of = tenantId ?? caller.tenantId;
  if (of === null) authorisePlatform(caller, 'admin');
  else authorise(caller, 'admin', of);
  const read = async (tx: Tx) => {
    const { rows } = await sql<Erasure>`
      select id::text as id, tenant_id, kind, object, at, actor, counts, audit_id::text as audit_id from erasures
      where true ${of === null ? sql`` : sql`and tenant_id = ${of}`}
        ${before === undefined ? sql`` : sql`and id < ${before}::bigint`}
      order by erasures.id desc limit ${limit + 1}`.execute(tx);
    const page = rows.slice(0, limit);
    return { rows: page, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
  };
  return of === null ? control.db.platform(read) : control.db.tenant(of, read);
}
