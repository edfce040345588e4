/** What was sent is remembered of the field that it was sent to (docs/semantics.md, section 4). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settle } from '../../src/activities/settle.ts';
import { nextOwed, recordAnswer } from '../../src/db/deliver/index.ts';
import { targetsOf } from '../../src/sync/mapping.ts';
import type { Plan } from '../../src/sync/types.ts';
import { type Engine, openEngine, plan } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

const config = { joinKey: { property: 'email' } };
const contacts = [{ id: 1, email: 'a@x.com', jobtitle: 'new', days: '0' }];

/** Reads, settles and delivers what the pull leg owes. @returns what it owed */
async function pull(visitor: object, how: Plan, more: object = {}): Promise<number> {
  const ref = await engine.openRun(
    { ...config, ...more },
    { plan: JSON.stringify(how) as never, state: 'running' as never },
  );
  await engine.read(ref, contacts, [{ id: 'a@x.com', ...visitor }]);
  const { settled } = await engine.act(() => settle(engine.deps, ref));
  const { config: frozen } = await engine.run(ref);
  await engine.inTenant(async (tx) => {
    const scope = { ...ref, leg: 'pull' as const, targets: targetsOf(how, frozen) };
    const { rows: owed } = await nextOwed(tx, scope, '0', { rows: 10, weight: 1000 });
    const accepted = owed.map((row) => ({
      seq: row.seq,
      kind: row.kind,
      fields: { jobtitle: row.changes.jobtitle![1] },
    }));
    await recordAnswer(tx, scope, engine.deps.clock(), { accepted, rejected: [] });
    await tx.updateTable('runs').set({ state: 'succeeded' }).where('id', '=', ref.runId).execute();
  });
  engine.pass(86_400_000);
  return settled?.owed.pull ?? -1;
}

const renamed: Plan = { ...plan, pull: plan.pull.map((field) => ({ ...field, field: `${field.field}_too` })) };

test('a mapping that goes to another field fills it, though the value was sent before', async () => {
  expect(await pull({}, plan)).toBe(1);
  expect(await pull({}, renamed)).toBe(1);
  // Sent to that very field and not there: sent once more, and then it is stored differently.
  expect(await pull({}, renamed)).toBe(1);
  expect(await pull({}, renamed)).toBe(0);
});

test('a mapping that goes to another group fills it, though the value was sent before', async () => {
  expect(await pull({}, plan)).toBe(1);
  expect(await pull({}, plan, { pendoGroup: 'agent' })).toBe(1);
});

test('what was never written to the new field is not cleared there', async () => {
  const ref = await engine.openRun({ ...config, onLostMatch: 'clear' }, { plan: JSON.stringify(renamed) as never });
  expect(await pullBefore(ref.runId)).toBe(1);
  await engine.read(ref, [], [{ id: 'a@x.com', jobtitle: 'somebody else wrote this' }]);
  const { settled } = await engine.act(() => settle(engine.deps, ref));
  expect(settled?.owed.pull).toBe(0);
});

/** A run of before, which closes while the given one waits. */
async function pullBefore(waiting: string): Promise<number> {
  const set = (state: 'queued' | 'failed') =>
    engine.inTenant((tx) => tx.updateTable('runs').set({ state }).where('id', '=', waiting).execute());
  await set('failed');
  const owed = await pull({}, plan);
  await set('queued');
  return owed;
}
