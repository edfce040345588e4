/** Nothing that runs leave behind grows without end, and however many there were, the next one closes. */
import { sql } from 'kysely';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { settle } from '../../src/activities/settle.ts';
import type { RunRef } from '../../src/activities/types.ts';
import { pruneRuns } from '../../src/control/runs/retention.ts';
import { findMirrorBase } from '../../src/db/runs/base-run.ts';
import { noteSeen } from '../../src/db/runs/seen.ts';
import type { RunsTable } from '../../src/db/schema.ts';
import { type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  await engine?.close();
  engine = await openEngine();
});
afterAll(() => engine?.close());

const config = { joinKey: { property: 'email' } };
const day = 86_400_000;

/** A run as the engine has it, over people of whom the last one changes with `jobtitle`. */
async function wholeRun(jobtitle: string, change: Partial<RunsTable> = {}): Promise<RunRef> {
  const ref = await engine.openRun(config, change);
  await engine.read(
    ref,
    [
      { id: 1, email: 'a@x.com' },
      { id: 2, email: 'b@x.com', jobtitle },
    ],
    [{ id: 'a@x.com' }, { id: 'b@x.com', jobtitle: 'Old' }],
  );
  await engine.act(() => settle(engine.deps, ref));
  await engine.act(() => closeRun(engine.deps, ref, { kind: 'finished' }));
  return ref;
}

/** Runs that were closed so many days ago, as many deltas leave them. */
async function manyRuns(n: number, daysAgo: number, state = 'succeeded'): Promise<void> {
  const closed = new Date(engine.deps.clock() - daysAgo * day);
  await engine.rows(sql`
    insert into runs (tenant_id, object, trigger, scope, epoch, config, config_version, state, closed_at)
    select 't1', 'visitor', 'daily', 'delta', 1, '{}', 1, ${state}::text, ${closed}::timestamptz
    from generate_series(1, ${n}::int)`);
}

const left = async (): Promise<Record<string, number>> => {
  const [row] = await engine.rows(
    sql<Record<string, number>>`
      select (select count(*) from read_ranges)::int as ranges, (select count(*) from run_fences)::int as fences,
             (select count(*) from seen_ids)::int as seen, (select count(*) from account_tallies)::int as tallies`,
  );
  return row!;
};
const none = { ranges: 0, fences: 0, seen: 0, tallies: 0 };
const age = (ref: RunRef, days: number) =>
  engine.rows(sql`
    update runs set closed_at = ${new Date(engine.deps.clock() - days * day)}::timestamptz where id = ${ref.runId}::bigint`);
const runIds = async (): Promise<string[]> =>
  (await engine.rows(sql<{ id: string }>`select id::text as id from runs order by runs.id`)).map(({ id }) => id);

test('a run closes after more runs than a statement has room for, and leaves nothing of its reading or its attempts', {
  timeout: 60_000,
}, async () => {
  await manyRuns(66_000, 1);
  const ref = await wholeRun('New');
  expect(await engine.run(ref)).toMatchObject({ state: 'succeeded' });
  expect(await left()).toEqual(none);
});

test('what a run kept while it read goes when it is closed by another, and what a crash left goes with the daily round', async () => {
  const orphan = await engine.openRun(config, { state: 'cancelled' as never, closed_at: new Date() as never });
  const held = await engine.openRun(config, { state: 'held' as never });
  for (const ref of [orphan, held]) {
    await engine.inTenant((tx) => noteSeen(tx, ref, ['somebody@x.com']));
    await engine.rows(sql`insert into run_fences values ('t1', ${ref.runId}::bigint, 'pendo', 1)`);
  }
  await pruneRuns(engine.deps, 180);
  expect(await left()).toEqual({ ...none, seen: 1, fences: 1 });
});

test('runs go after their days; those stay that evidence refers to, that later runs build on, and that are not closed', async () => {
  const first = await wholeRun('New');
  const base = await wholeRun('Newer');
  await age(first, 400);
  await age(base, 300);
  await manyRuns(30, 290);
  await manyRuns(1, 280, 'failed');
  const held = await engine.openRun(config, { state: 'held' as never, plan: null as never });
  const ids = await runIds();
  const scope = { tenantId: 't1', object: 'visitor', runId: '999999' } as const;
  expect(await engine.inTenant((tx) => findMirrorBase(tx, scope))).toMatchObject({ id: base.runId });

  expect(await pruneRuns(engine.deps, 180)).toBe(29);
  // The newest delta says until when the deltas have read, the failed one how the sync stands.
  expect(await runIds()).toEqual([first.runId, base.runId, ids.at(-3), ids.at(-2), held.runId]);
  expect(await engine.inTenant((tx) => findMirrorBase(tx, scope))).toMatchObject({ id: base.runId });

  // With the evidence of it gone, and a later one to build on, it goes as well.
  const later = await wholeRun('Newest');
  await engine.rows(sql`delete from outcomes`);
  await engine.rows(sql`delete from deliveries`);
  await pruneRuns(engine.deps, 180);
  expect(await runIds()).toEqual([held.runId, later.runId]);
});

test('a full run that has begun to read stays as long as no later one has, or the mirror would be taken to stand', async () => {
  const base = await wholeRun('New');
  const begun = await engine.openRun(config, { state: 'cancelled' as never, closed_at: new Date(0) as never });
  await manyRuns(3, 300);
  await pruneRuns(engine.deps, 180);
  expect(await runIds()).toContain(begun.runId);
  const scope = { tenantId: 't1', object: 'visitor', runId: '999999' } as const;
  expect(await engine.inTenant((tx) => findMirrorBase(tx, scope))).toBeNull();
  expect(base.runId < begun.runId).toBe(true);
});
