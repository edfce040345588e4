/** What a run knows of its own progress outlives a crash of the database server. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine?.close());

test('no table is emptied by a crash of PostgreSQL while the cursors beside it survive', async () => {
  const lost = await engine.rows(sql<{ name: string }>`
    select relname::text as name from pg_class where relkind = 'r' and relpersistence = 'u'`);
  expect(lost).toEqual([]);
});
