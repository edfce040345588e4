/** Section 5 of docs/semantics.md: what a delta builds on is a mirror that a finished full run stands behind. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { settle } from '../../src/activities/settle.ts';
import type { Ending, RunRef } from '../../src/activities/types.ts';
import { eraseSyncValues } from '../../src/control/erase.ts';
import { deltaBase } from '../../src/db/runs/delta-base.ts';
import type { RunsTable } from '../../src/db/schema.ts';
import { type Engine, openEngine, plan } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  await engine?.close();
  engine = await openEngine();
});
afterAll(() => engine?.close());

const config = { joinKey: { property: 'email' } };
const people = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** A run over so many people on both sides, a minute after the one before. */
async function run(change: object = {}, ending: Ending = { kind: 'finished' }, n = 120): Promise<RunRef> {
  engine.pass(60_000);
  const ref = await engine.openRun(config, change as Partial<RunsTable>);
  await engine.read(
    ref,
    people(n).map((id) => ({ id, email: `p${id}@x.com`, days: '0' })),
    people(n).map((id) => ({ id: `p${id}@x.com` })),
  );
  if (ending.kind === 'finished') await engine.act(() => settle(engine.deps, ref));
  await engine.act(() => closeRun(engine.deps, ref, ending));
  return ref;
}

/** Since when a delta that opens now would read; null: everything. */
async function since(change: object = {}): Promise<number | null> {
  const { runId } = await engine.openRun(config, { scope: 'delta', state: 'failed', ...change } as object);
  return engine.inTenant(async (tx) => {
    const row = await tx.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
    const at = await deltaBase(tx, row);
    await tx.deleteFrom('runs').where('id', '=', runId).execute();
    return at?.getTime() ?? null;
  });
}

const asOf = async (ref: RunRef): Promise<number> => (await engine.run(ref)).as_of!.getTime();

describe('a delta', () => {
  test('builds on the last full run that closed well', async () => {
    expect(await since()).toBeNull();
    const ref = await run();
    expect(await since()).toBe(await asOf(ref));
  });

  test.each([
    ['was cancelled', {}, { kind: 'cancelled' }],
    ['failed', {}, { kind: 'fault' }],
    ['was blocked', {}, { kind: 'blocked', code: 'FORBIDDEN' }],
    ['was a dry one', { dry_run: true }, { kind: 'finished' }],
    ['was a preview', { dry_run: true, trigger: 'preview' }, { kind: 'finished' }],
  ] as const)('reads everything when the last full run %s, until one has closed well', async (_, change, ending) => {
    await run();
    await run(change, ending);
    expect(await since()).toBeNull();
    const good = await run();
    expect(await since()).toBe(await asOf(good));
  });

  test('reads everything while a full run is reading, held, or approved and not done', async () => {
    await run();
    const held = await run({}, { kind: 'finished' }, 60);
    expect(await engine.run(held)).toMatchObject({ state: 'held' });
    expect(await since()).toBeNull();
    await engine.inTenant((tx) =>
      tx
        .updateTable('runs')
        .set({ state: 'queued', approved: JSON.stringify(['pull', 'push']) })
        .where('id', '=', held.runId)
        .execute(),
    );
    expect(await since()).toBeNull();
    await engine.act(() => closeRun(engine.deps, held, { kind: 'finished' }));
    expect(await engine.run(held)).toMatchObject({ state: 'succeeded' });
    expect(await since()).toBe(await asOf(held));
  });

  test('is not disturbed by a full run that ended before it read', async () => {
    const base = await run();
    await engine.openRun(config, { plan: null as never, state: 'failed' as never });
    expect(await since()).toBe(await asOf(base));
  });

  test('looks back to the last finished delta; an unfinished one proves nothing', async () => {
    await run();
    const delta = await run({ scope: 'delta' });
    await run({ scope: 'delta' }, { kind: 'cancelled' });
    await run({ scope: 'delta' }, { kind: 'fault' });
    expect(await since()).toBe(await asOf(delta));
  });

  test('reads everything after another mapping, on another ground, and when the values were erased', async () => {
    await run();
    expect(await since({ config_version: 2 })).toBeNull();
    expect(await since({ epoch: 2 })).toBeNull();
    await engine.inTenant(async (tx) => {
      const tenant = await tx.selectFrom('tenants').selectAll().where('id', '=', 't1').executeTakeFirstOrThrow();
      await eraseSyncValues(tx, tenant, 'visitor');
    });
    expect(await since()).toBeNull();
    expect(await since({ epoch: 2 })).toBeNull();
  });
});

test('the counts of a bad read that was cancelled are nobody’s baseline: the run after it is held as well', async () => {
  await run();
  await run({}, { kind: 'cancelled' }, 0);
  const ref = await run({}, { kind: 'finished' }, 60);
  expect(await engine.run(ref)).toMatchObject({
    state: 'held',
    held: [{ test: 'counts', before: 120 }, {}, {}, {}, {}, {}],
  });
});

test('what stopped is reported against the run that is built on, not against one that was cancelled', async () => {
  await run();
  const stopped = { ...plan, pull: plan.pull.map((field) => ({ ...field, stopped: 'gone' })) };
  const withStop = { plan: JSON.stringify(stopped) };
  const cancelled = await engine.openRun(config, withStop as never);
  await engine.read(cancelled, [], []);
  await engine.act(() => settle(engine.deps, cancelled));
  await engine.act(() => closeRun(engine.deps, cancelled, { kind: 'cancelled' }));
  const next = await run(withStop);
  expect((await engine.run(next)).counts.newlyStopped).toHaveLength(2);
});
