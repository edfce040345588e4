/** The vendors' limits, shared by all workers through PostgreSQL, and corrected by what the vendors answer. */
import type pg from 'pg';
import { type ConcurrencyLimit, createLeases } from './leases.ts';
import { createSlotQueue, type Slot, type WindowLimit } from './slot-queue.ts';
import type { Budget, Permission, ReplyFacts } from './types.ts';

export interface LimitClass {
  window: WindowLimit;
  concurrency?: ConcurrencyLimit | undefined;
}

export interface BudgetOptions {
  vendor: 'hubspot' | 'pendo';
  pool: pg.Pool;
  limitClasses: Readonly<Record<string, LimitClass>>;
  /** The day's calls end at midnight in this zone. */
  day?: { bucket: string; zone: string } | undefined;
  /** State of a run, `running` if it may continue. Asked at most five times a second for each run. */
  gate?: ((runId: string) => Promise<string>) | undefined;
}

/** In ms. */
const gateLife = 200;
const observeEvery = 200;
/** This share of the day's calls is left to the portal's other apps. */
const dayReserve = 0.01;

export function createBudget(options: BudgetOptions): Budget {
  const { vendor, pool } = options;
  const limitClasses = new Map(
    Object.entries(options.limitClasses).map(([name, limitClass]) => [
      name,
      {
        ...limitClass.window,
        queue: createSlotQueue(pool, vendor, limitClass.window),
        leases: limitClass.concurrency && createLeases(pool, vendor, limitClass.concurrency),
        observedAt: Number.NEGATIVE_INFINITY,
        observing: Promise.resolve(),
      },
    ]),
  );
  const runState = createGate(options.gate);
  let dayOverAt = Number.NEGATIVE_INFINITY;

  type OpenLimit = typeof limitClasses extends Map<string, infer L> ? L : never;

  async function report(limitClass: OpenLimit, slot: Slot, reply: ReplyFacts): Promise<number | undefined> {
    if (reply.sentAt !== undefined) limitClass.queue.sent(slot, reply.sentAt);
    if (reply.status === 429) return refused(limitClass, slot, reply);
    const { dailyMax, dailyRemaining } = reply;
    if (options.day && dailyMax !== undefined && dailyRemaining !== undefined) {
      const over = dailyRemaining <= Math.ceil(dailyMax * dayReserve) && performance.now() - dayOverAt > 60_000;
      if (over) {
        dayOverAt = performance.now();
        await dayOver(options.day, null);
      }
    }
    await observe(limitClass, slot, reply);
    return undefined;
  }

  async function refused(limitClass: OpenLimit, slot: Slot, reply: ReplyFacts): Promise<number | undefined> {
    const wait = reply.retryAfter === undefined ? null : Math.ceil(reply.retryAfter);
    const until =
      reply.limit === 'day' && options.day
        ? await dayOver(options.day, wait)
        : await ask('select budget_refused($1, $2, $3) as until', [limitClass.bucket, slot.at, wait]);
    return until === null ? undefined : limitClass.queue.clock.epoch(Number(until));
  }

  function dayOver(day: { bucket: string; zone: string }, wait: number | null): Promise<string | null> {
    return ask('select budget_day_over($1, $2, $3) as until', [day.bucket, day.zone, wait]);
  }

  async function ask(text: string, values: unknown[]): Promise<string | null> {
    const { rows } = await pool.query<{ until: string | null }>(text, values);
    return rows[0]!.until;
  }

  /**
   * The headers give the tier, and what is left after everybody's calls. Whether others call too is settled in the database,
   * which knows the calls of all our workers; it is asked only where this worker's knowledge leaves a doubt. Who doubts waits
   * for the answer: before it is known, a fast worker could use up what somebody else has taken.
   */
  async function observe(limitClass: OpenLimit, slot: Slot, { max, remaining }: ReplyFacts): Promise<void> {
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
      limitClass.observing = pool.query('select budget_observe($1, $2, $3, $4)', values).then(
        () => {},
        () => {},
      );
    }
    await limitClass.observing;
  }

  return {
    async acquire({ limitClass: name, runId, signal }): Promise<Permission> {
      const limitClass = limitClasses.get(name);
      if (!limitClass) throw new RangeError(`There is no limit class ${name}.`);
      let state = await runState(runId);
      if (state !== 'running') return stopped(state);
      const release = (await limitClass.leases?.take(signal)) ?? (() => {});
      try {
        const slot = await limitClass.queue.take(signal, async () => {
          state = await runState(runId);
          return state === 'running';
        });
        if (slot) return { runState: state, report: (reply) => report(limitClass, slot, reply), release };
        release();
        return stopped(state);
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

function stopped(state: string): Permission {
  return { runState: state, report: async () => undefined, release() {} };
}

function createGate(gate: BudgetOptions['gate']): (runId: string | undefined) => Promise<string> {
  const asked = new Map<string, { at: number; state: Promise<string> }>();
  return async (runId) => {
    if (runId === undefined || !gate) return 'running';
    const last = asked.get(runId);
    if (last && performance.now() - last.at < gateLife) return last.state;
    const state = gate(runId);
    // A budget outlives its runs.
    if (asked.size >= 100) asked.clear();
    asked.set(runId, { at: performance.now(), state });
    return state;
  };
}
