/** What a reply says of its limit is written into the shared budget: a refusal, the day's end, the vendor's own count. */
import type pg from 'pg';
import { noteLimitUsed } from '../telemetry/work-metrics.ts';
import type { Leases } from './leases.ts';
import type { SlotQueue } from './slot-queue.ts';
import { askBudget, type WindowLimit } from './slot-statements.ts';
import type { ReplyFacts, Slot } from './types.ts';

/** One limit class of a budget, with what this process knows of it. */
export interface OpenLimit extends WindowLimit {
  queue: SlotQueue;
  leases: Leases | undefined;
  /** A `performance.now()`. */
  observedAt: number;
  observing: Promise<void>;
}

/** The day's calls end at midnight in this zone. */
export interface DayLimit {
  bucket: string;
  zone: string;
}

/** In ms. */
const observeEvery = 200;
/** This share of the day's calls is left to the portal's other apps. */
const dayReserve = 0.01;

/** Resolves with the instant until which a refused call waits, in epoch ms. */
export type Report = (limitClass: OpenLimit, slot: Slot, reply: ReplyFacts) => Promise<number | undefined>;

export function createReport(pool: pg.Pool, vendor: 'hubspot' | 'pendo', day: DayLimit | undefined): Report {
  let dayOverAt = Number.NEGATIVE_INFINITY;

  return async (limitClass, slot, reply) => {
    if (reply.status === 429) return refused(pool, day, limitClass, slot, reply);
    const { dailyMax, dailyRemaining } = reply;
    if (day && dailyMax !== undefined && dailyRemaining !== undefined) {
      noteLimitUsed(vendor, 'day', dailyMax - dailyRemaining, dailyMax);
      const over = dailyRemaining <= Math.ceil(dailyMax * dayReserve) && performance.now() - dayOverAt > 60_000;
      if (over) {
        dayOverAt = performance.now();
        await dayOver(pool, day, null);
      }
    }
    await observe(pool, limitClass, slot, reply);
    return undefined;
  };
}

async function refused(
  pool: pg.Pool,
  day: DayLimit | undefined,
  limitClass: OpenLimit,
  slot: Slot,
  reply: ReplyFacts,
): Promise<number | undefined> {
  const wait = reply.retryAfter === undefined ? null : Math.ceil(reply.retryAfter);
  const until =
    reply.limit === 'day' && day
      ? await dayOver(pool, day, wait)
      : await ask(pool, 'select budget_refused($1, $2, $3) as until', [limitClass.bucket, slot.at, wait]);
  return until === null ? undefined : limitClass.queue.clock.epoch(Number(until));
}

function dayOver(pool: pg.Pool, day: DayLimit, wait: number | null): Promise<string | null> {
  return ask(pool, 'select budget_day_over($1, $2, $3) as until', [day.bucket, day.zone, wait]);
}

async function ask(pool: pg.Pool, text: string, values: unknown[]): Promise<string | null> {
  const [row] = await askBudget<{ until: string | null }>(pool, text, values);
  return row!.until;
}

/**
 * The headers give the tier, and what is left after everybody's calls. Whether others call too is settled in the database,
 * which knows the calls of all our workers; it is asked only where this worker's knowledge leaves a doubt. Who doubts waits
 * for the answer: before it is known, a fast worker could use up what somebody else has taken.
 */
async function observe(
  pool: pg.Pool,
  limitClass: OpenLimit,
  slot: Slot,
  { max, remaining }: ReplyFacts,
): Promise<void> {
  if (!limitClass.learn) return;
  const now = performance.now();
  const otherTier = max !== undefined && max !== slot.quota;
  const doubt = remaining !== undefined && remaining < slot.quota - slot.used - Math.max(3, slot.quota / 50);
  const stale = now - limitClass.queue.clock.local(slot.at) > limitClass.windowMs / 2;
  if ((!otherTier && !doubt) || stale) return;
  if (now - limitClass.observedAt >= observeEvery) {
    limitClass.observedAt = now;
    const values = [limitClass.bucket, slot.at, max ?? null, remaining ?? null];
    // A success that cannot be entered is a success all the same.
    limitClass.observing = askBudget(pool, 'select budget_observe($1, $2, $3, $4)', values).then(
      () => {},
      () => {},
    );
  }
  await limitClass.observing;
}
