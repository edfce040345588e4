/**
 * Slots in a rolling window that all workers share (`budget_acquire` in the budget's migration says how they are given out).
 * Who calls gets an instant, waits for it, and calls then.
 */
import type pg from 'pg';
import { pause } from './converse.ts';
import { createDatabaseClock, type DatabaseClock } from './database-clock.ts';
import { createSlotRequests, type Slot } from './slot-requests.ts';
import { moveSlot, type WindowLimit } from './slot-statements.ts';

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

export function createSlotQueue(pool: pg.Pool, vendor: 'hubspot' | 'pendo', limit: WindowLimit): SlotQueue {
  const clock = createDatabaseClock();
  const tolerated = limit.marginMs * latenessOfMargin;
  const ask = createSlotRequests(pool, vendor, limit, clock);

  async function next(signal: AbortSignal | undefined, beforeCall: () => Promise<boolean>): Promise<Slot | undefined> {
    const deadline = performance.now() + longestWait;
    for (;;) {
      const answer = await ask(deadline);
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
      moveSlot(pool, limit.bucket, slot.at, Math.round(clock.database(at))).catch(() => {});
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
        const at = await moveSlot(pool, limit.bucket, slot.at, null);
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
