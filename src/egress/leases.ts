/** At most so many calls at once, over all workers. A holder that dies frees its slot after half a minute by default. */
import type pg from 'pg';
import { VendorError } from '../sync/vendor-error.ts';
import { pause } from './converse.ts';
import { askBudget } from './slot-statements.ts';

export interface ConcurrencyLimit {
  bucket: string;
  calls: number;
  /** How long the slot of a holder that died stays taken, in ms. Default 30 s. */
  lifeMs?: number | undefined;
}

export interface Leases {
  /**
   * Resolves with what releases the slot.
   *
   * @throws `VendorError`: kind `wait` where none comes free in ten seconds, `transient` with code `ABORTED`.
   */
  take(signal: AbortSignal | undefined): Promise<() => void>;
}

const defaultLife = 30_000;

export function createLeases(pool: pg.Pool, vendor: 'hubspot' | 'pendo', limit: ConcurrencyLimit): Leases {
  const life = limit.lifeMs ?? defaultLife;
  const renewEvery = life / 3;
  const giveUpAfter = life / 3;
  const comeBackAfter = life / 2;

  async function tryTake(): Promise<string | null> {
    const values = [limit.bucket, limit.calls, life];
    const [row] = await askBudget<{ lease: string | null }>(pool, 'select budget_lease($1, $2, $3) as lease', values);
    return row!.lease;
  }

  function hold(lease: string): () => void {
    const renewal = setInterval(() => {
      const text = `update budget_leases set expires_at = clock_timestamp() + $2 * interval '1 ms' where id = $1`;
      askBudget(pool, text, [lease, life]).catch(() => {});
    }, renewEvery);
    renewal.unref();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      clearInterval(renewal);
      // Should this fail, the slot comes free by itself.
      askBudget(pool, 'delete from budget_leases where id = $1', [lease]).catch(() => {});
    };
  }

  return {
    async take(signal) {
      const deadline = performance.now() + giveUpAfter;
      for (;;) {
        const lease = await tryTake();
        if (lease !== null) return hold(lease);
        if (performance.now() > deadline) {
          throw new VendorError('Other calls to the vendor are still running.', {
            vendor,
            kind: 'wait',
            code: 'BUSY',
            until: Date.now() + comeBackAfter,
          });
        }
        await pause(vendor, 50 + Math.random() * 150, signal);
      }
    },
  };
}
