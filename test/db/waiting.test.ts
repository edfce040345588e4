/** Waiting for a vendor is seen as that, also while the other side goes on. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { openRun } from '../../src/activities/open-run.ts';
import { blockRun, moveRun } from '../../src/db/runs/index.ts';
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

test('why a person is needed stays, whatever the step beside meets after that', async () => {
  const ref = await engine.openRun({ joinKey: { property: 'email' } });
  const blocked = { code: 'FORBIDDEN', message: 'Pendo refuses the key.', fix: 'Give the key write access.' };
  const away = { code: 'BUSY', message: 'HubSpot is busy.', fix: 'Nothing to do.' };
  await engine.inTenant((tx) => blockRun(tx, ref.runId, blocked));
  await engine.inTenant((tx) => moveRun(tx, ref.runId, { state: 'waiting', waitingUntil: new Date(), reason: away }));
  await engine.inTenant((tx) => blockRun(tx, ref.runId, { code: 'LATER', message: 'Another step is blocked too.' }));
  const paused: unknown[] = [];
  const deps = { ...engine.deps, pauseSync: async (_: string, __: string, why: unknown) => void paused.push(why) };
  await engine.act(() => closeRun(deps, ref, { kind: 'blocked', code: 'FORBIDDEN' }));
  expect(await engine.run(ref)).toMatchObject({ state: 'failed', reason: blocked });
  expect(paused).toEqual([blocked]);
});
