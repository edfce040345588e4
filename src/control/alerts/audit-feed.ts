/**
 * A tenant's audit entries, for its own webhook: signed and delivered as alerts are. Messages may overtake each other: each entry has
 * its place in the chain. Chats get none.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { entryText, type Link } from '../audit/chains.ts';
import type { Control } from '../control.ts';

/** Of one message, in characters of entries: alerts are listed by the hundred. One entry is sent whatever it weighs. */
const mostText = 16_000;
const mostEntries = 50;
/** Of one tenant in one round. */
const mostMessages = 20;

/** Kind of such an alert. Its entries are for who receives them and for administrators, not for everybody who may list alerts. */
export const auditKind = 'audit';

/** The place from which entries are sent: what was recorded before the feed was switched on is not. */
export async function headOf(tx: Tx, tenantId: string): Promise<string> {
  const { rows } = await sql<{ seq: string }>`
    select coalesce(max(seq), 0)::text as seq from audit_links where coalesce(tenant_id, '') = ${tenantId}`.execute(tx);
  return rows[0]?.seq ?? '0';
}

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
  const { rows } = await sql<Link & { previous: Buffer | null; entry: string }>`
    select l.seq::text as seq, l.hash, p.hash as previous, ${entryText} as entry
    from audit_links l join audit a on a.id = l.audit_id
    left join audit_links p on coalesce(p.tenant_id, '') = ${tenantId} and p.seq = l.seq - 1
    where coalesce(l.tenant_id, '') = ${tenantId} and l.seq > ${target.audit_from}::bigint
    order by l.seq limit ${mostEntries}`.execute(tx);
  const lines: { seq: number; previous: string; hash: string; entry: string }[] = [];
  let length = 0;
  for (const { seq, hash, previous, entry } of rows) {
    length += entry.length;
    if (lines.length > 0 && length > mostText) break;
    // As text: the hash is over exactly these characters.
    lines.push({ seq: Number(seq), previous: previous?.toString('hex') ?? '', hash: hash.toString('hex'), entry });
  }
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
