/** The vendors' limits, shared by all workers through PostgreSQL, and corrected by what the vendors answer. */
import type pg from 'pg';
import { createReport, type DayLimit, type OpenLimit } from './budget-report.ts';
import { type ConcurrencyLimit, createLeases } from './leases.ts';
import { createSlotQueue } from './slot-queue.ts';
import type { WindowLimit } from './slot-statements.ts';
import type { Budget, Permission } from './types.ts';

export interface LimitClass {
  window: WindowLimit;
  concurrency?: ConcurrencyLimit | undefined;
}

export interface BudgetOptions {
  vendor: 'hubspot' | 'pendo';
  pool: pg.Pool;
  limitClasses: Readonly<Record<string, LimitClass>>;
  day?: DayLimit | undefined;
  /** State of a run, `running` if it may continue. Asked at most five times a second for each run. */
  gate?: ((runId: string) => Promise<string>) | undefined;
}

/** In ms. */
const gateLife = 200;
export function createBudget(options: BudgetOptions): Budget {
  const limitClasses = new Map(
    Object.entries(options.limitClasses).map(([name, limitClass]) => [name, openLimit(options, limitClass)]),
  );
  const runState = createGate(options.gate);
  const report = createReport(options.pool, options.vendor, options.day);

  return {
    async acquire({ limitClass: name, runId, signal, insteadOf }): Promise<Permission> {
      const limitClass = limitClasses.get(name);
      if (!limitClass) throw new RangeError(`There is no limit class ${name}.`);
      let state = await runState(runId);
      if (state !== 'running') return stopped(state);
      const release = (await limitClass.leases?.take(signal)) ?? (() => {});
      try {
        const mayCall = async (): Promise<boolean> => {
          state = await runState(runId);
          return state === 'running';
        };
        const slot = await limitClass.queue.take(signal, mayCall, insteadOf);
        if (slot) return { runState: state, slot, report: (reply) => report(limitClass, slot, reply), release };
        release();
        return stopped(state);
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

function openLimit({ pool, vendor }: BudgetOptions, { window, concurrency }: LimitClass): OpenLimit {
  return {
    ...window,
    queue: createSlotQueue(pool, vendor, window),
    leases: concurrency && createLeases(pool, vendor, concurrency),
    observedAt: Number.NEGATIVE_INFINITY,
    observing: Promise.resolve(),
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
