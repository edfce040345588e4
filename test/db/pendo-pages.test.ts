/** Every record of Pendo's side is read once, however heavy they are. */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPendo } from '../../src/activities/read-pendo.ts';
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
  expect((await engine.act(() => readPendo(deps, ref))).kind).toBe('done');
  const read = await engine.rows(sql<{ id: string }>`select id from pendo_records order by id`);
  expect(read.map((row) => row.id)).toEqual(ids);
  const [total] = await engine.rows(sql<{ n: string }>`select sum(records) as n from read_ranges`);
  expect(Number(total?.n)).toBe(ids.length);
  // All at once would have been 78 million characters.
  expect(pages.length).toBeGreaterThan(2);
});
