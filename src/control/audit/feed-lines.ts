/** Entries of a chain as messages carry them: as much at once as a receiver takes. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { type Chain, entryText, type Link } from './chains.ts';

/** Of one message, in characters of entries: alerts are listed by the hundred. One entry is sent whatever it weighs. */
const mostText = 16_000;
const mostEntries = 50;

export interface FeedLine {
  seq: number;
  previous: string;
  hash: string;
  /** As text: the hash is over exactly these characters. */
  entry: string;
}

/** The place from which entries are sent: what was recorded before a feed was switched on is not. */
export async function headOf(tx: Tx, chain: Chain): Promise<string> {
  const { rows } = await sql<{ seq: string }>`
    select coalesce(max(seq), 0)::text as seq from audit_links where coalesce(tenant_id, '') = ${chain}`.execute(tx);
  return rows[0]?.seq ?? '0';
}

export async function linesAfter(tx: Tx, chain: Chain, after: string): Promise<FeedLine[]> {
  const { rows } = await sql<Link & { previous: Buffer | null; entry: string }>`
    select l.seq::text as seq, l.hash, p.hash as previous, ${entryText} as entry
    from audit_links l join audit a on a.id = l.audit_id
    left join audit_links p on coalesce(p.tenant_id, '') = ${chain} and p.seq = l.seq - 1
    where coalesce(l.tenant_id, '') = ${chain} and l.seq > ${after}::bigint
    order by l.seq limit ${mostEntries}`.execute(tx);
  const lines: FeedLine[] = [];
  let length = 0;
  for (const { seq, hash, previous, entry } of rows) {
    length += entry.length;
    if (lines.length > 0 && length > mostText) break;
    lines.push({ seq: Number(seq), previous: previous?.toString('hex') ?? '', hash: hash.toString('hex'), entry });
  }
  return lines;
}
