/** Fields that a vendor refuses for every record: they are left out for the rest of the run. */
import { sql } from 'kysely';
import type { OwedRow, RejectedDelivery } from '../../db/deliver/index.ts';
import type { Tx } from '../../db/index.ts';
import { toJsonb } from '../../db/jsonb.ts';
import type { DroppedField } from '../../db/schema.ts';

export async function noteDropped(tx: Tx, runId: string, field: DroppedField): Promise<void> {
  const entry = toJsonb([field]);
  // Two batches that were refused for the same property report it once.
  await sql`
    update runs set dropped = dropped || ${entry}::jsonb
    where id = ${runId}::bigint and not dropped @> ${JSON.stringify([{ leg: field.leg, field: field.field }])}::jsonb`.execute(
    tx,
  );
}

/** Takes dropped fields out of rows; a row with nothing left is refused for that reason. @param dropped with the vendor's text */
export function withoutDropped(
  rows: OwedRow[],
  dropped: ReadonlyMap<string, string>,
): { rows: OwedRow[]; emptied: RejectedDelivery[] } {
  if (dropped.size === 0) return { rows, emptied: [] };
  const kept: OwedRow[] = [];
  const emptied: RejectedDelivery[] = [];
  for (const row of rows) {
    const leaving = Object.keys(row.changes).filter((field) => dropped.has(field));
    const changes = Object.fromEntries(Object.entries(row.changes).filter(([field]) => !dropped.has(field)));
    if (leaving.length === 0) kept.push(row);
    else if (Object.keys(changes).length > 0 || row.kind === 'create') {
      kept.push({ ...row, changes, leftOut: [...(row.leftOut ?? []), ...leaving] });
    } else {
      const [property] = leaving as [string];
      emptied.push({
        seq: row.seq,
        code: 'FIELD_DROPPED',
        property,
        message: 'The field was refused for every record of this run, and nothing else was owed here.',
        vendorText: dropped.get(property),
      });
    }
  }
  return { rows: kept, emptied };
}
