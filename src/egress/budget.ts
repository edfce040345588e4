/** The vendors' limits, shared by all workers through PostgreSQL, and corrected by what the vendors answer. */
import type pg from 'pg';
import { type ConcurrencyLimit, createLeases } from './leases.ts';
import { createPlaceQueue, type Place, type WindowLimit } from './place-queue.ts';
import type { Budget, Permission, ReplyFacts } from './types.ts';

export interface Lane {
  window: WindowLimit;
  concurrency?: ConcurrencyLimit | undefined;
}

export interface BudgetOptions {
  vendor: 'hubspot' | 'pendo';
  pool: pg.Pool;
  lanes: Readonly<Record<string, Lane>>;
  /** The day's calls end at midnight in this zone. */
  day?: { bucket: string; zone: string } | undefined;
  /** State of a run, `running` if it may go on. Asked at most five times a second for each run. */
  gate?: ((runId: string) => Promise<string>) | undefined;
}

/** In ms. */
const gateLife = 200;
const observeEvery = 200;
/** This share of the day's calls is left to the portal's other apps. */
const dayReserve = 0.01;

export function createBudget(options: BudgetOptions): Budget {
  const { vendor, pool } = options;
  const lanes = new Map(
    Object.entries(options.lanes).map(([name, lane]) => [
      name,
      {
        ...lane.window,
        queue: createPlaceQueue(pool, vendor, lane.window),
        leases: lane.concurrency && createLeases(pool, vendor, lane.concurrency),
        observedAt: Number.NEGATIVE_INFINITY,
        observing: Promise.resolve(),
      },
    ]),
  );
  const runState = createGate(options.gate);
  let dayOverAt = Number.NEGATIVE_INFINITY;

  type OpenLane = typeof lanes extends Map<string, infer L> ? L : never;

  async function report(lane: OpenLane, place: Place, reply: ReplyFacts): Promise<number | undefined> {
    if (reply.sentAt !== undefined) lane.queue.sent(place, reply.sentAt);
    if (reply.status === 429) return refused(lane, place, reply);
    const { dailyMax, dailyRemaining } = reply;
    if (options.day && dailyMax !== undefined && dailyRemaining !== undefined) {
      const over = dailyRemaining <= Math.ceil(dailyMax * dayReserve) && performance.now() - dayOverAt > 60_000;
      if (over) {
        dayOverAt = performance.now();
        await dayOver(options.day, null);
      }
    }
    await observe(lane, place, reply);
    return undefined;
  }

  async function refused(lane: OpenLane, place: Place, reply: ReplyFacts): Promise<number | undefined> {
    const wait = reply.retryAfter === undefined ? null : Math.ceil(reply.retryAfter);
    const until =
      reply.limit === 'day' && options.day
        ? await dayOver(options.day, wait)
        : await ask('select budget_refused($1, $2, $3) as until', [lane.bucket, place.at, wait]);
    return until === null ? undefined : lane.queue.clock.epoch(Number(until));
  }

  function dayOver(day: { bucket: string; zone: string }, wait: number | null): Promise<string | null> {
    return ask('select budget_day_over($1, $2, $3) as until', [day.bucket, day.zone, wait]);
  }

  async function ask(text: string, values: unknown[]): Promise<string | null> {
    const { rows } = await pool.query<{ until: string | null }>(text, values);
    return rows[0]!.until;
  }

  /**
   * The headers tell the tier, and what is left after everybody's calls. Whether others call too is settled in the database,
   * which knows the calls of all our workers; it is asked only where this worker's knowledge leaves a doubt. Who doubts waits
   * for the answer: before it is known, a fast worker could use up what somebody else has taken.
   */
  async function observe(lane: OpenLane, place: Place, { max, remaining }: ReplyFacts): Promise<void> {
    if (!lane.learn) return;
    const now = performance.now();
    const otherTier = max !== undefined && max !== place.quota;
    const doubt = remaining !== undefined && remaining < place.quota - place.used - Math.max(3, place.quota / 50);
    const stale = now - lane.queue.clock.local(place.at) > lane.windowMs / 2;
    if ((!otherTier && !doubt) || stale) return;
    if (now - lane.observedAt >= observeEvery) {
      lane.observedAt = now;
      const values = [lane.bucket, place.at, max ?? null, remaining ?? null];
      // A success that cannot be entered is a success all the same.
      lane.observing = pool.query('select budget_observe($1, $2, $3, $4)', values).then(
        () => {},
        () => {},
      );
    }
    await lane.observing;
  }

  return {
    async acquire({ lane: name, runId, signal }): Promise<Permission> {
      const lane = lanes.get(name);
      if (!lane) throw new RangeError(`There is no lane ${name}.`);
      let state = await runState(runId);
      if (state !== 'running') return stopped(state);
      const release = (await lane.leases?.take(signal)) ?? (() => {});
      try {
        const place = await lane.queue.take(signal, async () => {
          state = await runState(runId);
          return state === 'running';
        });
        if (place) return { runState: state, report: (reply) => report(lane, place, reply), release };
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
