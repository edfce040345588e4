/**
 * Slots in a rolling window that all workers share (`budget_acquire` in the budget's migration says how they are given out).
 * Who calls gets an instant, waits for it, and calls then. A slot is for that moment: the call a quota later has its own already, a
 * window and a margin after it, so whoever comes late (the process or the machine stood still) sends nothing and takes another slot.
 */
import type pg from 'pg';
import { VendorError } from '../sync/vendor-error.ts';
import { pause } from './converse.ts';
import { createDatabaseClock, type DatabaseClock } from './database-clock.ts';
import { createLead } from './lead.ts';
import { createSlotRequests, type Place } from './slot-requests.ts';
import { postponeSlot, type WindowLimit } from './slot-statements.ts';
import type { Slot } from './types.ts';

export interface SlotQueue {
  clock: DatabaseClock;
  /**
   * Resolves when the call is to be made. `beforeCall` is asked after a wait of some length: false gives up the slot.
   *
   * @param missed the slot that the same call came too late for
   * @throws `VendorError`: kind `wait` where the slot is farther off than `longestWait`, or was missed too often;
   * `transient` with code `ABORTED`.
   */
  take(
    signal: AbortSignal | undefined,
    beforeCall: () => Promise<boolean>,
    missed: Slot | undefined,
  ): Promise<Slot | undefined>;
}

/**
 * A call whose slot is not given out yet, but is less than this away, comes back for it: many calls of two objects may wait for three
 * windows, and a step that ended for that would lose more than it waits for. In ms.
 */
const longestWait = 30_000;
/**
 * How late a call may go out, as shares of the margin. What is left of the margin is for what the way to the vendor differs from
 * call to call. Moving a slot may use up half of the margin (`budget_postpone`), and then little is left for the call itself.
 */
const lateness = { whole: 0.4, half: 0.1 } as const;
/** A process that misses its slots so often is not ready to call anybody: it waits for a while. In ms. */
const missesAtMost = 6;
const missedTooOften = 1_000;
/** A wait beyond this asks `beforeCall`, which takes up to `askingTime`. In ms. */
const longWait = 250;
const askingTime = 20;

export function createSlotQueue(pool: pg.Pool, vendor: 'hubspot' | 'pendo', limit: WindowLimit): SlotQueue {
  const clock = createDatabaseClock();
  const lead = createLead();
  const ask = createSlotRequests(pool, vendor, limit, clock, lead);

  const slotAt = (place: Place, missed: number, late: number): Slot => ({
    ...place,
    sendBy: clock.local(place.at) + limit.marginMs * late,
    missed,
  });

  async function next(
    missed: number,
    signal: AbortSignal | undefined,
    beforeCall: () => Promise<boolean>,
  ): Promise<Slot | undefined> {
    const deadline = performance.now() + longestWait;
    for (;;) {
      const answer = await ask(deadline);
      if ('at' in answer) return slotAt(answer, missed, lateness.whole);
      await until(answer.askAt, vendor, signal);
      if (!(await beforeCall())) return undefined;
    }
  }

  /** The slot moves to the next moment that can be met, where that leaves room; else it is lost. */
  async function moved(slot: Slot): Promise<Slot | undefined> {
    // As many calls as the quota may have had their slots since, and `budget_postpone` looks only at later ones.
    if (performance.now() - slot.sendBy > limit.windowMs / 2) return undefined;
    const ahead = lead.ms;
    const to = await postponeSlot(pool, limit.bucket, slot.at, ahead);
    if (to === null) return undefined;
    return slotAt({ ...slot, at: to.at, ahead }, slot.missed + 1, to.whole ? lateness.whole : lateness.half);
  }

  async function another(
    slot: Slot,
    signal: AbortSignal | undefined,
    beforeCall: () => Promise<boolean>,
  ): Promise<Slot | undefined> {
    if (slot.missed < missesAtMost) return (await moved(slot)) ?? next(slot.missed + 1, signal, beforeCall);
    const fields = { vendor, kind: 'wait', code: 'RATE_LIMIT', until: Date.now() + missedTooOften } as const;
    throw new VendorError('This process is too busy to call at the moments that the limit leaves to it.', fields);
  }

  return {
    clock,
    async take(signal, beforeCall, missed) {
      let slot = await (missed ? another(missed, signal, beforeCall) : next(0, signal, beforeCall));
      while (slot !== undefined) {
        const wait = clock.local(slot.at) - performance.now();
        if (wait > longWait) {
          await pause(vendor, wait - askingTime, signal);
          if (!(await beforeCall())) return undefined;
        }
        await until(clock.local(slot.at), vendor, signal);
        if (performance.now() <= slot.sendBy) {
          lead.met();
          return slot;
        }
        lead.missed(slot.ahead, performance.now() - clock.local(slot.at));
        slot = await another(slot, signal, beforeCall);
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
