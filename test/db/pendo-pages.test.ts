/** Every record of Pendo's side is read once, however heavy they are. */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPendoFull } from '../../src/activities/read/pendo-full.ts';
import type { Pipeline } from '../../src/pendo/index.ts';
import { type Engine, openEngine, plan } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

test('visitors with values of 60,000 characters come in pages that fit in memory', async () => {
  const text = 'x'.repeat(60_000);
  const ids = Array.from({ length: 1300 }, (_, i) => `v${String(i).padStart(5, '0')}`);
  const pages: number[] = [];
  const pendo = {
    async aggregate(pipeline: Pipeline, onRow: (row: unknown) => void): Promise<number> {
      const stages = pipeline as Record<string, unknown>[];
      const limit = Number(stages.find((stage) => 'limit' in stage)?.limit);
      const filter = String(stages.find((stage) => 'filter' in stage)?.filter ?? '');
      const lo = /visitorId > "([^"]*)"/.exec(filter)?.[1] ?? '';
      const page = ids.filter((id) => id > lo).slice(0, limit);
      pages.push(page.length);
      for (const visitorId of page) onRow({ visitorId, h0: text, h1: null, dnp: null });
      return page.length;
    },
  };
  const deps = { ...engine.deps, openVendors: async () => ({ pendo }) as never };
  const ref = await engine.openRun(
    { joinKey: { property: 'email' } },
    {
      plan: JSON.stringify({ ...plan, push: [] }) as never,
    },
  );
  expect((await engine.act(() => readPendoFull(deps, ref))).kind).toBe('done');
  const read = await engine.rows(sql<{ id: string }>`select id from pendo_records order by id`);
  expect(read.map((row) => row.id)).toEqual(ids);
  const [total] = await engine.rows(sql<{ n: string }>`select sum(records) as n from read_ranges`);
  expect(Number(total?.n)).toBe(ids.length);
  // All at once would have been 78 million characters.
  expect(pages.length).toBeGreaterThan(2);
});

test('the portions of a page prove together what the page proves: what is gone anywhere is told, and nothing else', async () => {
  const row = (n: number): Record<string, unknown> => ({ visitorId: `v${String(n).padStart(5, '0')}`, dnp: null });
  const all = Array.from({ length: 2500 }, (_, n) => row(n));
  // Ids that PostgreSQL cannot hold stand where portions would end.
  const odd = [999, 1000, 2001].map((n) => ({ visitorId: `${row(n).visitorId}\0`, dnp: null }));
  const read = async (rows: Record<string, unknown>[]): Promise<string[]> => {
    const sorted = rows.sort((a, b) => (String(a.visitorId) < String(b.visitorId) ? -1 : 1));
    const pendo = {
      async aggregate(_: Pipeline, onRow: (one: unknown) => void): Promise<number> {
        for (const one of sorted) onRow(one);
        return sorted.length;
      },
    };
    const deps = { ...engine.deps, openVendors: async () => ({ pendo }) as never };
    const ref = await engine.openRun(
      { joinKey: { property: 'email' } },
      { plan: JSON.stringify({ ...plan, pull: [], push: [] }) as never },
    );
    expect((await engine.act(() => readPendoFull(deps, ref))).kind).toBe('done');
    await engine.inTenant((tx) =>
      tx.updateTable('runs').set({ state: 'succeeded' }).where('id', '=', ref.runId).execute(),
    );
    const rowsNow = await engine.rows(sql<{ id: string }>`select id from pendo_records where not odd order by id`);
    return rowsNow.map(({ id }) => id);
  };
  const names = (rows: Record<string, unknown>[]): string[] => rows.map(({ visitorId }) => String(visitorId)).sort();
  expect(await read([...all, ...odd])).toEqual(names(all));
  const gone = new Set([0, 998, 999, 1000, 1001, 2499]);
  const left = all.filter((_, n) => !gone.has(n));
  expect(await read([...left, ...odd])).toEqual(names(left));
  const told = await engine.rows(sql`select giver_id from outcomes where outcome = 'gone'`);
  expect(told).toHaveLength(gone.size);
});
