/**
 * Slots in a rolling window that all workers share (`budget_acquire` in the budget's migration says how they are given out).
 * Who calls gets an instant, waits for it, and calls then. Calls of one process that come together ask in one statement.
 */
import type pg from 'pg';
import { VendorError } from '../sync/vendor-error.ts';
import { pause } from './converse.ts';
import { createDatabaseClock, type DatabaseClock } from './database-clock.ts';

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

export interface Slot {
  /** Epoch ms of the database. */
  at: number;
  /** Calls in the window that ends here, this one included. */
  used: number;
  quota: number;
}

export interface SlotQueue {
  clock: DatabaseClock;
  /**
   * Resolves when the call is to be made. `beforeCall` is asked after a wait of some length: false gives up the slot.
   *
   * @throws `VendorError`: kind `wait` where the slot is farther off than `longestWait`, `transient` with code `ABORTED`.
   */
  take(signal: AbortSignal | undefined, beforeCall: () => Promise<boolean>): Promise<Slot | undefined>;
  /** The call of that slot really went out at this `performance.now()`. */
  sent(slot: Slot, at: number): void;
}

/** How far ahead slots are given out: a little more than a ten-second window. In ms. */
const horizon = 11_000;
/**
 * A call whose slot is not given out yet, but is less than this away, comes back for it: many calls of two objects may wait for three
 * windows, and a step that ended for that would lose more than it waits for. In ms.
 */
const longestWait = 30_000;
/**
 * A call that comes later after its slot than this share of the margin would come too near to the call a quota later: its slot
 * is moved, or else a new one taken. A process that is late every time goes ahead in the end.
 */
const latenessOfMargin = 0.4;
const triesAtMost = 6;
/** A wait beyond this asks `beforeCall`, which takes up to `askingTime`. In ms. */
const longWait = 250;
const askingTime = 20;

/** A `performance.now()`. */
interface Later {
  askAt: number;
}

interface QueuedCall {
  /** A call whose slot would be later than this `performance.now()` is refused. */
  deadline: number;
  resolve(answer: Slot | Later): void;
  reject(error: unknown): void;
}

interface AcquiredRow {
  now_ms: string;
  places: string[];
  used: number[];
  quota: number;
  refused_until: string | null;
  day_over: boolean | null;
}

export function createSlotQueue(pool: pg.Pool, vendor: 'hubspot' | 'pendo', limit: WindowLimit): SlotQueue {
  const clock = createDatabaseClock();
  const tolerated = limit.marginMs * latenessOfMargin;
  let waiting: QueuedCall[] = [];
  let asking = false;

  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    // Lets the calls that come in the same turn join.
    await Promise.resolve();
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      try {
        waiting.unshift(...handOut(asked, await acquire(asked.length)));
      } catch (error) {
        for (const one of asked) one.reject(error);
      }
    }
    asking = false;
  }

  async function acquire(want: number): Promise<AcquiredRow> {
    const { bucket, quota, learn, windowMs, marginMs, dayBucket = null } = limit;
    // Waiting for a connection is no part of the time that bounds the clocks' offset.
    const client = await pool.connect();
    try {
      const sent = performance.now();
      const { rows } = await client.query<AcquiredRow>({
        name: 'budget_acquire',
        text: 'select * from budget_acquire($1, $2, $3, $4, $5, $6, $7, $8)',
        values: [bucket, quota, !learn, windowMs, marginMs, want, horizon, dayBucket],
      });
      clock.note(sent, performance.now(), Number(rows[0]!.now_ms));
      return rows[0]!;
    } finally {
      client.release();
    }
  }

  async function move(from: number, to: number | null): Promise<string | null> {
    const { rows } = await pool.query<{ at: string | null }>({
      name: 'budget_move',
      text: 'select budget_move($1, $2, $3) as at',
      values: [limit.bucket, from, to],
    });
    return rows[0]!.at;
  }

  /** Returns those who have to ask again: at most a whole quota is given out at once. */
  function handOut(asked: QueuedCall[], row: AcquiredRow): QueuedCall[] {
    row.places.forEach((at, index) => {
      asked[index]!.resolve({ at: Number(at), used: row.used[index]!, quota: row.quota });
    });
    const rest = asked.slice(row.places.length);
    if (row.refused_until === null) return rest;
    const next = clock.local(Number(row.refused_until));
    const until = clock.epoch(Number(row.refused_until));
    const code = row.day_over ? 'DAILY_LIMIT' : 'RATE_LIMIT';
    for (const one of rest) {
      if (next <= one.deadline) one.resolve({ askAt: next - horizon });
      else one.reject(new VendorError('The limit leaves no call for now.', { vendor, kind: 'wait', code, until }));
    }
    return [];
  }

  function askOnce(deadline: number): Promise<Slot | Later> {
    return new Promise((resolve, reject) => {
      waiting.push({ deadline, resolve, reject });
      void ask();
    });
  }

  async function next(signal: AbortSignal | undefined, beforeCall: () => Promise<boolean>): Promise<Slot | undefined> {
    const deadline = performance.now() + longestWait;
    for (;;) {
      const answer = await askOnce(deadline);
      if ('at' in answer) return answer;
      await until(answer.askAt, vendor, signal);
      if (!(await beforeCall())) return undefined;
    }
  }

  return {
    clock,
    sent(slot, at) {
      if (at - clock.local(slot.at) <= tolerated) return;
      // Nothing is lost that the margin does not cover mostly.
      move(slot.at, Math.round(clock.database(at))).catch(() => {});
    },
    async take(signal, beforeCall) {
      let slot = await next(signal, beforeCall);
      for (let tries = 1; slot !== undefined; tries += 1) {
        const wait = clock.local(slot.at) - performance.now();
        if (wait > longWait) {
          await pause(vendor, wait - askingTime, signal);
          if (!(await beforeCall())) return undefined;
        }
        await until(clock.local(slot.at), vendor, signal);
        const late = performance.now() - clock.local(slot.at);
        if (late <= tolerated || tries === triesAtMost) return slot;
        const at = await move(slot.at, null);
        slot = at === null ? await next(signal, beforeCall) : { ...slot, at: Number(at) };
      }
      return undefined;
    },
  };
}

/** Timers may fire a millisecond early. */
async function until(instant: number, vendor: 'hubspot' | 'pendo', signal: AbortSignal | undefined): Promise<void> {
  for (let wait = instant - performance.now(); wait > 0; wait = instant - performance.now()) {
    await pause(vendor, Math.ceil(wait), signal);
  }
}
