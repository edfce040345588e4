/** Calls of one process that come together ask for their slots in one statement. */
import type pg from 'pg';
import { VendorError } from '../sync/vendor-error.ts';
import { currentTrace } from '../telemetry/tracing.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { Lead } from './lead.ts';
import { type AcquiredSlots, acquireSlots, horizon, type WindowLimit } from './slot-statements.ts';
import type { Slot } from './types.ts';

/** An instant that was given out, epoch ms of the database. */
export type Place = Pick<Slot, 'at' | 'used' | 'quota' | 'ahead'>;

/** The call is to ask again at this `performance.now()`. */
export interface Later {
  askAt: number;
}

interface QueuedCall {
  /** A call whose slot would be later than this `performance.now()` is refused. */
  deadline: number;
  resolve(answer: Place | Later): void;
  reject(error: unknown): void;
  /** Does the work in the place where the call asked: in its trace. */
  within<T>(work: () => T): T;
}

/** @returns asks for one slot. Throws `VendorError` of kind `wait` where it would be later than the deadline. */
export function createSlotRequests(
  pool: pg.Pool,
  vendor: 'hubspot' | 'pendo',
  limit: WindowLimit,
  clock: DatabaseClock,
  lead: Lead,
): (deadline: number) => Promise<Place | Later> {
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
        const ahead = lead.ms;
        waiting.unshift(...handOut(asked, await acquired(asked, ahead), ahead));
      } catch (error) {
        for (const one of asked) one.reject(error);
      }
    }
    asking = false;
  }

  /** One statement for all of them: in the trace of the first. */
  function acquired(asked: QueuedCall[], ahead: number): Promise<AcquiredSlots> {
    return asked[0]!.within(() => acquireSlots(pool, limit, clock, asked.length, ahead));
  }

  /** @returns those who have to ask again: at most a whole quota is given out at once. */
  function handOut(asked: QueuedCall[], row: AcquiredSlots, ahead: number): QueuedCall[] {
    row.places.forEach((at, index) => {
      asked[index]!.resolve({ at: Number(at), used: row.used[index]!, quota: row.quota, ahead });
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

  return (deadline) =>
    new Promise((resolve, reject) => {
      waiting.push({ deadline, resolve, reject, within: currentTrace() });
      void ask();
    });
}
