/**
 * The ranges of a run's reads. A range covers the ids in `(lo, hi]`; its cursor is the last id that is durably merged.
 * Borders and cursors are JSON text: a Pendo id may hold what a text column cannot. They never leave PostgreSQL.
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { FenceLost } from './fence.ts';

export type RangeSide = 'hubspot' | 'pendo' | 'visitors';

export interface Range {
  no: number;
  lo: string | null;
  hi: string | null;
  cursor: string | null;
  done: boolean;
  bySeen: boolean;
  /** The vendor's own mark of the next page, where the list is read by these. */
  link?: string | null;
}

/** What a run keeps while it reads. */
export const readTables = ['read_ranges', 'account_tallies', 'excluded_visitors', 'seen_ids', 'event_days'] as const;

const toJson = (id: string | null): string => JSON.stringify(id);
const fromJson = (text: string | null): string | null => (text === null ? null : (JSON.parse(text) as string | null));

export async function listRanges(tx: Tx, runId: string, side: RangeSide): Promise<Range[]> {
  const rows = await tx
    .selectFrom('read_ranges')
    .select(['no', 'lo', 'hi', 'cursor', 'done', 'by_seen', 'link'])
    .where('run_id', '=', runId)
    .where('side', '=', side)
    .orderBy('no')
    .execute();
  return rows.map((row) => ({
    no: row.no,
    lo: fromJson(row.lo),
    hi: fromJson(row.hi),
    cursor: fromJson(row.cursor),
    done: row.done,
    bySeen: row.by_seen,
    link: row.link,
  }));
}

export async function addRange(
  tx: Tx,
  tenantId: string,
  runId: string,
  side: RangeSide,
  range: { lo: string | null; hi: string | null },
): Promise<Range> {
  const { rows } = await sql<{ no: number }>`
    insert into read_ranges (tenant_id, run_id, side, no, lo, hi, cursor)
    select ${tenantId}, ${runId}::bigint, ${side}, coalesce(max(no), 0) + 1, ${toJson(range.lo)},
           ${toJson(range.hi)}, ${toJson(range.lo)}
    from read_ranges where run_id = ${runId}::bigint and side = ${side}
    returning no`.execute(tx);
  return { no: rows[0]?.no ?? 0, ...range, cursor: range.lo, done: false, bySeen: false };
}

/** Cuts all ids at `borders`, ascending, for a side that has no range yet. */
export async function addRanges(
  tx: Tx,
  tenantId: string,
  runId: string,
  side: RangeSide,
  borders: readonly string[],
): Promise<Range[]> {
  const ranges = [...borders, null].map((hi, n): Range => {
    const lo = borders[n - 1] ?? null;
    return { no: n + 1, lo, hi, cursor: lo, done: false, bySeen: false };
  });
  const rows = JSON.stringify(ranges.map(({ no, lo, hi }) => ({ no, lo: toJson(lo), hi: toJson(hi) })));
  await sql`
    insert into read_ranges (tenant_id, run_id, side, no, lo, hi, cursor)
    select ${tenantId}, ${runId}::bigint, ${side}, no, lo, hi, lo
    from jsonb_to_recordset(${rows}::jsonb) as r(no int, lo text, hi text)`.execute(tx);
  return ranges;
}

/** Splits what is left of a range at `at`: it keeps `(cursor, at]`, a new one takes `(at, hi]`. */
export async function splitRange(
  tx: Tx,
  tenantId: string,
  runId: string,
  side: RangeSide,
  range: Range,
  at: string,
): Promise<Range> {
  await tx
    .updateTable('read_ranges')
    .set({ hi: toJson(at) })
    .where('run_id', '=', runId)
    .where('side', '=', side)
    .where('no', '=', range.no)
    .execute();
  return addRange(tx, tenantId, runId, side, { lo: at, hi: range.hi });
}

/**
 * Moves a range's cursor in the transaction of the page that it stands for.
 * @throws FenceLost when the cursor is not where this reader left it.
 */
export async function advanceRange(
  tx: Tx,
  runId: string,
  side: RangeSide,
  range: Range,
  step: { cursor: string | null; done: boolean; records: number; excluded?: number; link?: string | null },
): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('read_ranges')
    .set((eb) => ({
      cursor: toJson(step.cursor),
      done: step.done,
      ...(step.link === undefined ? {} : { link: step.link }),
      records: eb('records', '+', String(step.records)),
      excluded: eb('excluded', '+', String(step.excluded ?? 0)),
      pages: eb('pages', '+', 1),
    }))
    .where('run_id', '=', runId)
    .where('side', '=', side)
    .where('no', '=', range.no)
    .where('cursor', '=', toJson(range.cursor))
    .where('done', '=', false)
    .executeTakeFirst();
  if (Number(numUpdatedRows) !== 1) throw new FenceLost();
}

/** Before anything of them was read. */
export async function dropRanges(tx: Tx, runId: string, side: RangeSide): Promise<void> {
  await tx.deleteFrom('read_ranges').where('run_id', '=', runId).where('side', '=', side).execute();
}

export interface ReadTotals {
  records: number;
  excluded: number;
  pages: number;
  /** Its first ranges are known. */
  begun: boolean;
  finished: boolean;
}

export async function readTotals(tx: Tx, runId: string, side: RangeSide): Promise<ReadTotals> {
  const { rows } = await sql<{
    records: string;
    excluded: string;
    pages: string;
    begun: boolean;
    finished: boolean | null;
  }>`
    select coalesce(sum(records), 0) as records, coalesce(sum(excluded), 0) as excluded,
           coalesce(sum(pages), 0) as pages, count(*) > 0 as begun, bool_and(done) as finished
    from read_ranges where run_id = ${runId}::bigint and side = ${side}`.execute(tx);
  const row = rows[0];
  return {
    records: Number(row?.records ?? 0),
    excluded: Number(row?.excluded ?? 0),
    pages: Number(row?.pages ?? 0),
    begun: row?.begun ?? false,
    finished: row?.finished ?? false,
  };
}

/**
 * Forgets what a run has read, so that both sides are read again. Borders and tallies name people: nothing of them stays
 * longer than it is needed.
 */
export async function clearReads(tx: Tx, runId: string): Promise<void> {
  for (const table of readTables) await tx.deleteFrom(table).where('run_id', '=', runId).execute();
}

/** Of a run that is closed, its attempts are forgotten as well: whoever wakes up late finds no fence to hold, and writes nothing. */
export async function clearWork(tx: Tx, runId: string): Promise<void> {
  await clearReads(tx, runId);
  await tx.deleteFrom('run_fences').where('run_id', '=', runId).execute();
}

/**
 * Borders for ranges of about `size` records each, from the mirror: every border is the id of a record, so that a
 * range of an unchanged side is a whole number of pages. The last record is none, or what lies behind it, which is to be
 * looked at in any case, would take a call of its own.
 */
export async function mirrorBorders(tx: Tx, tenantId: string, object: string, size: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id::text as id from (
      select id, row_number() over (order by id) as n from hubspot_records
      where tenant_id = ${tenantId} and object = ${object}) numbered
    where n % ${size} = 0 and id < (
      select max(id) from hubspot_records where tenant_id = ${tenantId} and object = ${object})
    order by numbered.id`.execute(tx);
  return rows.map((row) => row.id);
}

/** Characters of a record, about, by the newest ones of the mirror. 0: there are none. */
export async function mirrorWeight(tx: Tx, tenantId: string, object: string): Promise<number> {
  const { rows } = await sql<{ weight: string | null }>`
    select avg(length(gives::text) + length(holds::text)) as weight from (
      select gives, holds from hubspot_records
      where tenant_id = ${tenantId} and object = ${object} order by id desc limit 50) newest`.execute(tx);
  return Number(rows[0]?.weight ?? 0);
}
