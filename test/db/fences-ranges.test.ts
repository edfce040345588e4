/** Late attempts change nothing; whoever carries on begins where the last page ended. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergeHubSpotPage } from '../../src/db/mirror/merge-page.ts';
import {
  addRange,
  advanceRange,
  clearReads,
  FenceLost,
  holdFence,
  listRanges,
  mirrorBorders,
  readTotals,
  splitRange,
  takeFence,
} from '../../src/db/runs/index.ts';
import { type ARun, aRow, aRun } from './a-run.ts';

let run: ARun;
beforeAll(async () => {
  run = await aRun();
});
afterAll(() => run[Symbol.asyncDispose]());

test('of two attempts of a step only the newer may write; steps do not disturb each other', async () => {
  const { tenantId, runId } = run;
  const [older, newer, other] = await run.in(async (tx) => [
    await takeFence(tx, tenantId, runId, 'pendo'),
    await takeFence(tx, tenantId, runId, 'pendo'),
    await takeFence(tx, tenantId, runId, 'hubspot'),
  ]);
  await run.in((tx) => holdFence(tx, newer!));
  await run.in((tx) => holdFence(tx, other!));
  await expect(run.in((tx) => holdFence(tx, older!))).rejects.toThrow(FenceLost);
});

test('while a step writes, its successor waits; then the successor alone may write', async () => {
  const { tenantId, runId } = run;
  const mine = await run.in((tx) => takeFence(tx, tenantId, runId, 'settle'));
  const order: string[] = [];
  let taking: Promise<unknown> = Promise.resolve();
  await run.in(async (tx) => {
    await holdFence(tx, mine);
    taking = run.in(async (later) => {
      await takeFence(later, tenantId, runId, 'settle');
      order.push('taken');
    });
    // The other transaction has been sent its statement once this one answers again.
    await tx.selectFrom('runs').select('id').execute();
    order.push('written');
  });
  await taking;
  expect(order).toEqual(['written', 'taken']);
  await expect(run.in((tx) => holdFence(tx, mine))).rejects.toThrow(FenceLost);
});

test('a run that was closed, or whose tenant changed, has lost every fence', async () => {
  const { tenantId, runId, db } = run;
  const fence = await run.in((tx) => takeFence(tx, tenantId, runId, 'push'));
  const set = (epoch: number) =>
    db.platform((tx) => tx.updateTable('tenants').set({ epoch }).where('id', '=', tenantId).execute());
  await set(2);
  await expect(run.in((tx) => holdFence(tx, fence))).rejects.toThrow(FenceLost);
  await set(1);
  await run.in((tx) => holdFence(tx, fence));
  const move = (state: 'cancelled' | 'running') =>
    run.in((tx) => tx.updateTable('runs').set({ state }).where('id', '=', runId).execute());
  await move('cancelled');
  await expect(run.in((tx) => holdFence(tx, fence))).rejects.toThrow(FenceLost);
  await move('running');
});

test('a range keeps ids that no text column can, advances page by page, and only from where its reader is', async () => {
  const { tenantId, runId } = run;
  const odd = 'a\u0000b\ud83d';
  await run.in(async (tx) => {
    const range = await addRange(tx, tenantId, runId, 'pendo', { lo: null, hi: odd });
    await advanceRange(tx, runId, 'pendo', range, { cursor: odd, done: false, records: 7, excluded: 2 });
  });
  const [range] = await run.in((tx) => listRanges(tx, runId, 'pendo'));
  expect(range).toMatchObject({ lo: null, hi: odd, cursor: odd, done: false });
  await expect(
    run.in((tx) =>
      advanceRange(tx, runId, 'pendo', { ...range!, cursor: 'elsewhere' }, { cursor: 'z', done: true, records: 1 }),
    ),
  ).rejects.toThrow(FenceLost);
  await run.in((tx) => advanceRange(tx, runId, 'pendo', range!, { cursor: odd, done: true, records: 3 }));
  expect(await run.in((tx) => readTotals(tx, runId, 'pendo'))).toEqual({
    begun: true,
    records: 10,
    excluded: 2,
    pages: 2,
    finished: true,
  });
  await expect(
    run.in((tx) => advanceRange(tx, runId, 'pendo', range!, { cursor: odd, done: true, records: 3 })),
  ).rejects.toThrow(FenceLost);
});

test('a split range covers every id once', async () => {
  const { tenantId, runId } = run;
  const whole = await run.in((tx) => addRange(tx, tenantId, runId, 'hubspot', { lo: '100', hi: null }));
  const upper = await run.in((tx) => splitRange(tx, tenantId, runId, 'hubspot', whole, '500'));
  expect(upper).toMatchObject({ lo: '500', hi: null, cursor: '500' });
  const ranges = await run.in((tx) => listRanges(tx, runId, 'hubspot'));
  expect(ranges.map(({ lo, hi }) => [lo, hi])).toEqual([
    ['100', '500'],
    ['500', null],
  ]);
  expect((await run.in((tx) => readTotals(tx, runId, 'hubspot'))).finished).toBe(false);
});

test('borders from the mirror cut it into whole pages', async () => {
  const { tenantId, object, runId } = run;
  const rows = Array.from({ length: 25 }, (_, n) => aRow(String(1000 + n * n)));
  await run.in((tx) => mergeHubSpotPage(tx, { tenantId, object, runId }, rows));
  const borders = await run.in((tx) => mirrorBorders(tx, tenantId, object, 10));
  expect(borders).toEqual([rows[9]?.id, rows[19]?.id]);
});

test('reads that are forgotten leave nothing behind', async () => {
  await run.in((tx) => clearReads(tx, run.runId));
  expect(await run.in((tx) => listRanges(tx, run.runId, 'pendo'))).toEqual([]);
  expect(await run.in((tx) => readTotals(tx, run.runId, 'pendo'))).toMatchObject({ records: 0, finished: false });
});
