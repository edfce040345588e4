/** Nothing is delivered that was read too long ago, however often the run was taken up again meanwhile. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { openRun } from '../../src/activities/open-run.ts';
import { readAgain } from '../../src/activities/read-again.ts';
import { settle } from '../../src/activities/settle.ts';
import { type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
  // Not connected: nobody is asked whose key it is.
  await engine.inTenant((tx) => tx.deleteFrom('connections').execute());
});
afterEach(() => engine.close());

const config = { joinKey: { property: 'email' } };
const contact = { id: 1, email: 'a@x.com', jobtitle: 'new', days: '0' };
const visitor = { id: 'a@x.com', jobtitle: 'old' };

test('a run that is taken up again remembers when it read', async () => {
  const ref = await engine.openRun(config);
  const before = await engine.run(ref);
  engine.pass(7 * 3_600_000);
  await engine.act(() => openRun(engine.deps, ref));
  expect((await engine.run(ref)).read_at).toEqual(before.read_at);
});

test('an approved run that was interrupted while it read again goes on reading, and delivers nothing old', async () => {
  const ref = await engine.openRun(config, { approved: JSON.stringify(['pull']) as never });
  await engine.read(ref, [contact], [visitor]);
  const { settled } = await engine.act(() => settle(engine.deps, ref));
  expect(settled?.owed.pull).toBe(1);
  expect((await engine.act(() => openRun(engine.deps, ref))).settled).toEqual(settled);
  await engine.act(() => readAgain(engine.deps, ref));
  expect((await engine.act(() => openRun(engine.deps, ref))).settled).toBeUndefined();
  // And when it ends there, what it had found owed was not reached.
  await engine.act(() => closeRun(engine.deps, ref, { kind: 'cancelled' }));
  expect((await engine.run(ref)).counts.legs).toEqual({ pull: { notReached: 1 }, push: { unchanged: 1 } });
});
