import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BudgetOptions, createBudget } from '../../src/egress/budget.ts';
import { converse } from '../../src/egress/converse.ts';
import { createGuardedFetch } from '../../src/egress/guarded-fetch.ts';
import type { Permission } from '../../src/egress/types.ts';
import { startProxy } from '../db/silent-proxy.ts';
import { type FreshDatabase, freshDatabase } from '../setup/database.ts';
import { json, startServer } from './http-server.ts';

const run = promisify(execFile);
let database: FreshDatabase;
let pool: pg.Pool;
let bucket = 0;

beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 5 });
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(() => {
  bucket += 1;
});

function oneLimit(window: Partial<BudgetOptions['limitClasses'][string]['window']>, more: Partial<BudgetOptions> = {}) {
  const limitClass = { bucket: `test ${bucket}`, quota: 10, learn: false, windowMs: 10_000, marginMs: 200, ...window };
  return createBudget({ vendor: 'hubspot', pool, limitClasses: { burst: { window: limitClass } }, ...more });
}

function take(budget: ReturnType<typeof createBudget>, count: number): Promise<Permission[]> {
  return Promise.all(Array.from({ length: count }, () => budget.acquire({ limitClass: 'burst' })));
}

describe('the rolling window', () => {
  test('holds no more than the quota at any instant, over three processes, and wastes next to nothing of it', async () => {
    const quota = 60;
    const windowMs = 3_000;
    const marginMs = 80;
    const seed = Date.now() % 1_000_000;
    console.info(`seed ${seed}`);
    const outputs = await Promise.all(
      [0, 1, 2].map((no) =>
        run(process.execPath, [
          join(import.meta.dirname, 'budget-process.ts'),
          ...[database.url, `test ${bucket}`, quota, windowMs, marginMs, seed + no, 9_000].map(String),
        ]),
      ),
    );
    const granted = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as number[]).sort((a, b) => a - b);
    const distances = granted.slice(quota).map((at, n) => at - granted[n]!);
    distances.sort((a, b) => a - b);
    const closest = distances[0]!;
    // The median: a machine that stands still for a moment is not the budget's waste. The margin is the price of the guarantee.
    const used = (windowMs + marginMs) / distances[Math.floor(distances.length / 2)]!;
    console.info(
      `${granted.length} calls, ${closest} ms from n − quota to n at least, ${used.toFixed(3)} of the possible`,
    );
    expect(closest).toBeGreaterThanOrEqual(windowMs);
    expect(used).toBeGreaterThanOrEqual(0.97);
  });

  test('lets the whole quota go at once, and the next call a window later', async () => {
    const budget = oneLimit({ quota: 5, windowMs: 600, marginMs: 50 });
    const started = performance.now();
    await take(budget, 5);
    const burst = performance.now() - started;
    await take(budget, 1);
    expect(burst).toBeLessThan(300);
    expect(performance.now() - started).toBeGreaterThanOrEqual(640);
  });

  test('throws a wait with its end where the next place is farther off than a call may wait', async () => {
    const budget = oneLimit({ quota: 2, windowMs: 60_000 });
    await take(budget, 2);
    const error = await budget.acquire({ limitClass: 'burst' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'wait', code: 'RATE_LIMIT' });
    const { until } = error as { until: number };
    expect(until - Date.now()).toBeGreaterThan(59_000);
    expect(until - Date.now()).toBeLessThanOrEqual(60_300);
  });

  test('more calls than the places that are given out ahead come back for theirs, in their time', async () => {
    const budget = oneLimit({ quota: 1, windowMs: 6_000 });
    const started = performance.now();
    const after: number[] = [];
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        await take(budget, 1);
        after.push(performance.now() - started);
      }),
    );
    // The third place is more than eleven seconds off, and given out only when it is nearer.
    expect(after[2]).toBeGreaterThanOrEqual(12_000);
    expect(after[2]).toBeLessThan(13_500);
  });

  test('an abort ends the waiting at once', async () => {
    const budget = oneLimit({ quota: 1, windowMs: 8_000 });
    await take(budget, 1);
    const controller = new AbortController();
    // One has a place; the other one's is not given out yet.
    const waiting = [1, 2].map(() => budget.acquire({ limitClass: 'burst', signal: controller.signal }));
    const started = performance.now();
    setTimeout(() => controller.abort(), 50);
    for (const one of waiting) await expect(one).rejects.toMatchObject({ kind: 'transient', code: 'ABORTED' });
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('a process that stands still', () => {
  /** Calls at once; each stalls the whole process for so many ms when it has its permission, as a busy machine does. */
  async function call(budget: ReturnType<typeof createBudget>, stalls: readonly number[]) {
    await using server = await startServer((_, response) => json(response, 200, {}));
    const { fetch, close } = createGuardedFetch({ allow: [server.url] });
    // A connection is open before.
    await (await fetch(server.url, { method: 'GET' })).discard();
    server.seen.length = 0;
    await Promise.all(
      stalls.map((ms, n) => {
        let left = ms;
        return converse({ vendor: 'hubspot', budget, limitClass: 'burst' }, async (permission) => {
          stall(left);
          left = 0;
          const url = `${server.url}/${n}`;
          const response = await fetch(url, { method: 'GET', sendBy: permission.slot?.sendBy });
          await permission.report({ status: response.status });
          await response.discard();
        });
      }),
    );
    await close();
    return server.seen.map(({ url, at }) => ({ url, at })).sort((a, b) => a.at - b.at);
  }

  test('between its permission and its call sends nothing late: the next call has its slot already', async () => {
    const sent = await call(oneLimit({ quota: 1, windowMs: 1_000, marginMs: 100 }), [700, 0, 0]);
    expect(sent.map(({ url }) => url).sort()).toEqual(['/0', '/1', '/2']);
    expect(sent[0]?.url).toBe('/1');
    for (const [n, { at }] of sent.slice(1).entries()) expect(at - (sent[n]?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  test('for longer than a window does not crowd the calls that went out meanwhile', async () => {
    const name = `test ${bucket}`;
    const [mine, other] = [oneLimit({ quota: 2, windowMs: 800, marginMs: 100 }), oneLimit({ quota: 2, windowMs: 800 })];
    const [late] = await take(mine, 1);
    // Another process goes on.
    await take(other, 5);
    const before = await grantsOf(name);
    await mine.acquire({ limitClass: 'burst', insteadOf: late?.slot });
    const after = await grantsOf(name);
    expect(after.at(-1)).toBeGreaterThan(before.at(-1) ?? 0);
    for (let n = 2; n < after.length; n += 1) {
      expect((after[n] ?? 0) - (after[n - 2] ?? 0)).toBeGreaterThanOrEqual(800);
    }
  });

  test('gives its slot to this moment where there is room, and loses none of the quota', async () => {
    const budget = oneLimit({ quota: 5, windowMs: 5_000, marginMs: 200 });
    const started = performance.now();
    const sent = await call(budget, [600]);
    expect(sent).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2_500);
    expect(await usedOf(`test ${bucket}`)).toBe(1);
  });

  test('or hears late from the database asks for its slots ahead, and then loses none', async () => {
    await using far = await startProxy(new URL(database.url), 150);
    const distant = new pg.Pool({ connectionString: far.url, max: 2 });
    const budget = oneLimit({ quota: 50, windowMs: 10_000, marginMs: 200 }, { pool: distant });
    const [first] = await take(budget, 1);
    expect(first?.slot?.missed).toBeGreaterThan(0);
    for (const { slot } of await take(budget, 5)) {
      expect(slot?.missed).toBe(0);
      expect(performance.now()).toBeLessThanOrEqual(slot?.sendBy ?? 0);
    }
    await distant.end();
  });

  test('for some seconds sends its call when it is quick again, and whoever asked for it is not refused', async () => {
    const budget = oneLimit({ quota: 1_000, windowMs: 10_000, marginMs: 50 });
    await using server = await startServer((_, response) => json(response, 200, {}));
    const { fetch, close } = createGuardedFetch({ allow: [server.url] });
    let busy = 10;
    await converse({ vendor: 'hubspot', budget, limitClass: 'burst' }, async (permission) => {
      if (busy-- > 0) stall(60);
      const response = await fetch(server.url, { method: 'GET', sendBy: permission.slot?.sendBy });
      await response.discard();
    });
    await close();
    expect(server.seen).toHaveLength(1);
  });

  test('at every permission that it gets waits, and calls nobody', async () => {
    const budget = oneLimit({ quota: 1_000, windowMs: 10_000, marginMs: 50 });
    await using server = await startServer((_, response) => json(response, 200, {}));
    const { fetch, close } = createGuardedFetch({ allow: [server.url] });
    const sending = converse({ vendor: 'hubspot', budget, limitClass: 'burst' }, async (permission) => {
      stall(60);
      return fetch(server.url, { method: 'GET', sendBy: permission.slot?.sendBy });
    });
    await expect(sending).rejects.toMatchObject({ kind: 'wait', code: 'RATE_LIMIT' });
    await close();
    expect(server.seen).toEqual([]);
  });
});

function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('what the vendor answers', () => {
  test('a higher limit in the headers is adopted by every worker', async () => {
    const budget = oneLimit({ quota: 4, learn: true });
    const [first] = await take(budget, 1);
    await first!.report({ status: 200, max: 9, remaining: 8 });
    await expect.poll(() => quotaOf(`test ${bucket}`)).toBe(9);
    const other = oneLimit({ quota: 4, learn: true });
    await take(other, 8);
    expect(await futurePlaces(`test ${bucket}`)).toBe(0);
  });

  test('calls of somebody else on the same credential are yielded to', async () => {
    const budget = oneLimit({ quota: 20, learn: true });
    const permissions = await take(budget, 3);
    // Seen by the vendor: our three, and eleven of somebody else.
    await permissions[2]!.report({ status: 200, max: 20, remaining: 6 });
    await expect.poll(() => usedOf(`test ${bucket}`)).toBe(14);
  });

  test('our own calls in flight are not taken for those of somebody else', async () => {
    const budget = oneLimit({ quota: 50, learn: true });
    const permissions = await take(budget, 40);
    // The first call arrived last, so its answer shows the others used up.
    await permissions[0]!.report({ status: 200, max: 50, remaining: 10 });
    await take(budget, 1);
    expect(await usedOf(`test ${bucket}`)).toBe(41);
  });

  test('a refusal silences every worker for the time that the vendor names', async () => {
    const [permission] = await take(oneLimit({}), 1);
    const until = await permission!.report({ status: 429, limit: 'window', retryAfter: 700 });
    expect(until! - Date.now()).toBeGreaterThan(500);
    const started = performance.now();
    await take(oneLimit({}), 1);
    expect(performance.now() - started).toBeGreaterThan(500);
  });

  test('one refusal of many calls in flight counts as one, and refusals in a row wait longer each time', async () => {
    const permissions = await take(oneLimit({ quota: 40 }), 20);
    const untils = await Promise.all(permissions.map((one) => one.report({ status: 429, limit: 'window' })));
    expect(Math.max(...untils.map(Number)) - Date.now()).toBeLessThanOrEqual(1_050);
    const [next] = await take(oneLimit({ quota: 40 }), 1);
    const until = await next!.report({ status: 429, limit: 'window' });
    expect(until! - Date.now()).toBeGreaterThan(1_500);
  });

  test('a day that is used up is waited out until midnight in the portal’s zone, by all limit classes', async () => {
    const day = { bucket: `day ${bucket}`, zone: 'Pacific/Chatham' };
    const budget = oneLimit({ dayBucket: day.bucket }, { day });
    const [permission] = await take(budget, 1);
    await permission!.report({ status: 429, limit: 'day' });
    const error = (await budget.acquire({ limitClass: 'burst' }).catch((thrown: unknown) => thrown)) as {
      until: number;
    };
    expect(error).toMatchObject({ kind: 'wait', code: 'DAILY_LIMIT' });
    const shown = new Intl.DateTimeFormat('en-GB', { timeZone: day.zone, timeStyle: 'medium' }).format(error.until);
    expect(shown).toMatch(/^00:00:0[0-2]$/);
    expect(error.until - Date.now()).toBeLessThanOrEqual(24 * 3_600_000 + 2_000);
  });

  test('a small rest of the day is left to the portal’s other apps', async () => {
    const day = { bucket: `day ${bucket}`, zone: 'UTC' };
    const budget = oneLimit({ dayBucket: day.bucket }, { day });
    const [permission] = await take(budget, 1);
    await permission!.report({ status: 200, dailyMax: 250_000, dailyRemaining: 2_500 });
    await expect(budget.acquire({ limitClass: 'burst' })).rejects.toMatchObject({ code: 'DAILY_LIMIT' });
  });
});

describe('the run on whose behalf a call is made', () => {
  test('is asked about before a call, and stops the next one', async () => {
    let state = 'running';
    const budget = oneLimit({}, { gate: async () => state });
    expect((await budget.acquire({ limitClass: 'burst', runId: '1' })).runState).toBe('running');
    state = 'paused';
    await expect.poll(async () => (await budget.acquire({ limitClass: 'burst', runId: '1' })).runState).toBe('paused');
  });

  test('stops a call that was already waiting for its place', async () => {
    let state = 'running';
    const budget = oneLimit({ quota: 1, windowMs: 1_000, marginMs: 100 }, { gate: async () => state });
    await budget.acquire({ limitClass: 'burst', runId: '1' });
    const waiting = budget.acquire({ limitClass: 'burst', runId: '1' });
    setTimeout(() => {
      state = 'cancelled';
    }, 200);
    expect((await waiting).runState).toBe('cancelled');
  });
});

describe('calls at once', () => {
  test('are never more than allowed, and a released place is taken', async () => {
    const window = { bucket: `test ${bucket}`, quota: 100, learn: false, windowMs: 10_000, marginMs: 200 };
    const limitClass = { window, concurrency: { bucket: `at once ${bucket}`, calls: 2 } };
    const budgets = [0, 1].map(() => createBudget({ vendor: 'pendo', pool, limitClasses: { write: limitClass } }));
    let now = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, async (_, no) => {
        const permission = await budgets[no % 2]!.acquire({ limitClass: 'write' });
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 20));
        now -= 1;
        permission.release();
      }),
    );
    expect(most).toBe(2);
  });
});

async function quotaOf(name: string): Promise<number> {
  const { rows } = await pool.query('select quota from budgets where bucket = $1', [name]);
  return rows[0].quota;
}

async function usedOf(name: string): Promise<number> {
  const { rows } = await pool.query('select cardinality(grants) as used from budgets where bucket = $1', [name]);
  return rows[0].used;
}

async function grantsOf(name: string): Promise<number[]> {
  const { rows } = await pool.query('select grants::float8[] as grants from budgets where bucket = $1', [name]);
  return rows[0].grants;
}

async function futurePlaces(name: string): Promise<number> {
  const text = 'select count(*)::int as n from budgets, unnest(grants) g where bucket = $1 and g > budget_now()';
  const { rows } = await pool.query(text, [name]);
  return rows[0].n;
}
