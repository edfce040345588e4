/**
 * The statements that give out and move slots; the budget's migration has the functions that they call. They have no names: a prepared
 * statement stays on its connection, and a pooler in transaction mode gives the next one another connection.
 */
import type pg from 'pg';
import type { DatabaseClock } from './database-clock.ts';

export interface WindowLimit {
  bucket: string;
  /** Calls per window. With `learn`: the one to begin with, until the vendor's headers say otherwise. */
  quota: number;
  learn: boolean;
  windowMs: number;
  /** Kept between call n − quota and call n on top of the window, for what the way to the vendor differs from call to call. */
  marginMs: number;
  /** The bucket that is blocked while the day's calls are used up. */
  dayBucket?: string | undefined;
}

/** How far ahead slots are given out: a little more than a ten-second window. In ms. */
export const horizon = 11_000;

export interface AcquiredSlots {
  now_ms: string;
  places: string[];
  used: number[];
  quota: number;
  refused_until: string | null;
  day_over: boolean | null;
}

export async function acquireSlots(
  pool: pg.Pool,
  limit: WindowLimit,
  clock: DatabaseClock,
  want: number,
  ahead: number,
): Promise<AcquiredSlots> {
  const { bucket, quota, learn, windowMs, marginMs, dayBucket = null } = limit;
  // Waiting for a connection is no part of the time that bounds the clocks' offset.
  const client = await pool.connect();
  try {
    const sent = performance.now();
    const { rows } = await client.query<AcquiredSlots>({
      text: 'select * from budget_acquire($1, $2, $3, $4, $5, $6, $7, $8, $9)',
      values: [bucket, quota, !learn, windowMs, marginMs, want, horizon, dayBucket, ahead],
    });
    clock.note(sent, performance.now(), Number(rows[0]!.now_ms));
    return rows[0]!;
  } finally {
    client.release();
  }
}

/**
 * To `ahead` ms from now, if the slots around it leave room.
 * @returns the slot's instant from now on, and whether it has all of the margin; null where it was not moved
 */
export async function postponeSlot(
  pool: pg.Pool,
  bucket: string,
  from: number,
  ahead: number,
): Promise<{ at: number; whole: boolean } | null> {
  const [row] = await askBudget<{ place: string | null; whole: boolean }>(
    pool,
    'select * from budget_postpone($1, $2, $3)',
    [bucket, from, ahead],
  );
  return row === undefined || row.place === null ? null : { at: Number(row.place), whole: row.whole };
}

/**
 * One statement outside of a transaction. By a connection and not by the pool itself, which hands a statement on to whichever
 * connection comes free, in the trace of whoever gave that back.
 */
export async function askBudget<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  const client = await pool.connect();
  let failed = true;
  try {
    const { rows } = await client.query<Row>({ text, values });
    failed = false;
    return rows;
  } finally {
    // As the pool itself does: one that failed is not used again.
    client.release(failed);
  }
}
