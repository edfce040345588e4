/** A worker of its own that asks for permission as often as it may, and prints when it got it. Run by `budget.test.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createBudget } from '../../src/egress/budget.ts';
import { VendorError } from '../../src/sync/vendor-error.ts';

const [url = '', bucket = '', quota = '', windowMs = '', marginMs = '', seed = '', runFor = ''] = process.argv.slice(2);

let state = Number(seed);
/** Mulberry32: the same arrivals for the same seed. */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}

const pool = new pg.Pool({ connectionString: url, max: 3 });
const budget = createBudget({
  vendor: 'hubspot',
  pool,
  limitClasses: {
    burst: {
      window: { bucket, quota: Number(quota), learn: false, windowMs: Number(windowMs), marginMs: Number(marginMs) },
    },
  },
});

const granted: number[] = [];
const end = Date.now() + Number(runFor);
// Idle times are short against the window, so that together the callers always ask for more than there is.
const callers = Array.from({ length: 12 + Math.floor(random() * 30) }, async () => {
  while (Date.now() < end) {
    try {
      await budget.acquire({ limitClass: 'burst' });
      granted.push(Date.now());
    } catch (error) {
      if (!(error instanceof VendorError) || error.kind !== 'wait') throw error;
    }
    const idle = random() < 0.3 ? random() * 40 : random() * 4;
    await sleep(idle);
  }
});
await Promise.all(callers);
await pool.end();
process.stdout.write(JSON.stringify(granted));
