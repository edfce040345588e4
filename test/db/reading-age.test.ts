/** Nothing is delivered that was read too long ago, however often the run was taken up again meanwhile. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { openRun } from '../../src/activities/open-run.ts';
import { readAgain } from '../../src/activities/read-again.ts';
import { settle } from '../../src/activities/settle.ts';
import { openDatabase } from '../../src/db/index.ts';
import { type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
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

test('a database that stays away for minutes is waited for, and fails no run', async () => {
  const db = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
  const step = (attempt: number) =>
    new MockActivityEnvironment({ attempt }).run(() =>
      openRun({ ...engine.deps, db }, { tenantId: 't1', object: 'visitor', runId: '1' }),
    );
  await expect(step(1)).rejects.toThrow('ECONNREFUSED');
  expect(await step(9)).toMatchObject({ kind: 'wait', fault: true, progressed: false });
  await db.close();
});
