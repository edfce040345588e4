/**
 * Pendo publishes no limits. These are settings: the defaults are what one careful client does, at the rate that another one
 * uses in production.
 */
import type pg from 'pg';
import { createBudget } from '../egress/budget.ts';
import type { Budget } from '../egress/types.ts';

export interface PendoBudgetOptions {
  pool: pg.Pool;
  /** Stands for the integration key, and is not the key: it is stored in plain. */
  keyName: string;
  /** Calls in ten seconds, of all kinds. Default 100. */
  callsPerTenSeconds?: number;
  /** Aggregations at once. Default 1. */
  aggregations?: number;
  /** Value writes at once. Default 4. */
  writes?: number;
  /** How long a dead worker's slot stays taken, in ms. Default 30 s. */
  leaseMs?: number | undefined;
  gate?: ((runId: string) => Promise<string>) | undefined;
}

/** Limit classes `read`, `write` and `aggregation`: one rate over all, and slots of their own. */
export function createPendoBudget(options: PendoBudgetOptions): Budget {
  const { pool, keyName, callsPerTenSeconds = 100, aggregations = 1, writes = 4, leaseMs, gate } = options;
  const window = {
    bucket: `pendo calls ${keyName}`,
    quota: callsPerTenSeconds,
    learn: false,
    windowMs: 10_000,
    marginMs: 200,
  };
  return createBudget({
    vendor: 'pendo',
    pool,
    gate,
    limitClasses: {
      read: { window },
      write: { window, concurrency: { bucket: `pendo writes ${keyName}`, calls: writes, lifeMs: leaseMs } },
      aggregation: {
        window,
        concurrency: { bucket: `pendo aggregations ${keyName}`, calls: aggregations, lifeMs: leaseMs },
      },
    },
  });
}
