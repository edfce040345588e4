/** Waiting for a vendor is seen as that, also while the other side goes on. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRun } from '../../src/activities/open-run.ts';
import { type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

const reason = { code: 'DAILY_QUOTA', message: 'The day is used up.' };

/** A run that waits, and then one step beside it. */
async function stepBeside(waitsFor: number) {
  const ref = await engine.openRun({ joinKey: { property: 'email' } });
  const until = new Date(Date.now() + waitsFor);
  await engine.inTenant((tx) =>
    tx
      .updateTable('runs')
      .set({ state: 'waiting', waiting_until: until, reason: JSON.stringify(reason) })
      .where('id', '=', ref.runId)
      .execute(),
  );
  expect((await engine.act(() => openRun(engine.deps, ref))).kind).toBe('done');
  const run = await engine.run(ref);
  return { state: run.state, waits: run.waiting_until?.getTime() === until.getTime(), reason: run.reason };
}

test('a step of one side leaves what the other waits for to be seen', async () => {
  expect(await stepBeside(3_600_000)).toEqual({ state: 'waiting', waits: true, reason });
});

test('a wait that is over is forgotten', async () => {
  expect(await stepBeside(-1)).toEqual({ state: 'running', waits: false, reason: null });
});
