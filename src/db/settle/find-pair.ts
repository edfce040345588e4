/** Who the record of a run of scope `record` matches now, and whether both were there when the run read them. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { idColumn } from '../leg-sql.ts';
import { askedRecord, notePartner, type OnePair } from '../runs/one-record.ts';
import { seenName } from '../runs/seen.ts';
import type { SettleScope } from './scope.ts';

const nobody: OnePair = { hubspotId: null, pendoId: null };

/** Needs `s_pairs`. Where one of them is gone, nothing is compared: only a full run proves what that means. */
export async function findPair(tx: Tx, { tenantId, runId }: SettleScope): Promise<OnePair> {
  const { side, id, found } = await askedRecord(tx, runId);
  const other = side === 'hubspot' ? 'pendo' : 'hubspot';
  const { rows } = await sql<{ id: string; seen: boolean }>`
    select ${idColumn(other)}::text as id, exists (
      select from seen_ids e
      where e.run_id = ${runId}::bigint and e.id = ${seenName(other, '')} || ${idColumn(other)}) as seen
    from s_pairs where ${idColumn(side)} = ${id}${sql.raw(side === 'hubspot' ? '::bigint' : '')}`.execute(tx);
  const [partner] = rows;
  await notePartner(tx, { tenantId, runId }, partner && { side: other, id: partner.id, found: partner.seen });
  if (!found || partner?.seen === false) return nobody;
  const names = { [side]: id, [other]: partner?.id ?? null };
  return { hubspotId: names.hubspot ?? null, pendoId: names.pendo ?? null };
}
