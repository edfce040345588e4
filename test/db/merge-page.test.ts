/** Pages merged into the mirror: what changed is written, what is proved gone goes, and nothing else is touched. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergeHubSpotPage, mergePendoPage } from '../../src/db/mirror/merge-page.ts';
import { deleteUnseen, noteSeen } from '../../src/db/runs/seen.ts';
import { type ARun, aRow, aRun } from './a-run.ts';

let run: ARun;
beforeAll(async () => {
  run = await aRun();
});
afterAll(() => run[Symbol.asyncDispose]());

const scope = (proves?: { from: string | null; to: string | null }) => {
  const { tenantId, object, runId } = run;
  return { tenantId, object, runId, ...(proves ? { proves } : {}) };
};
/** Ids with the place in which each row stands, which moves whenever it is written. */
const stored = (table: 'hubspot_records' | 'pendo_records') =>
  run.in(async (tx) => {
    const { rows } = await sql<{ id: string; at: string }>`
      select id::text as id, ctid::text as at from ${sql.table(table)} order by ${sql.table(table)}.id`.execute(tx);
    return rows;
  });
const ids = async (table: 'hubspot_records' | 'pendo_records') => (await stored(table)).map(({ id }) => id);

test('a page is stored; the same page again touches no row', async () => {
  const page = ['2', '10', '9'].map((id) => aRow(id, { phone: id }));
  expect(await run.in((tx) => mergeHubSpotPage(tx, scope(), page))).toEqual({ changed: 3, gone: 0 });
  const before = await stored('hubspot_records');
  expect(before.map(({ id }) => id)).toEqual(['2', '9', '10']);
  expect(await run.in((tx) => mergeHubSpotPage(tx, scope({ from: null, to: '10' }), page))).toEqual({
    changed: 0,
    gone: 0,
  });
  expect(await stored('hubspot_records')).toEqual(before);
});

test('one changed value writes one row', async () => {
  const page = [aRow('2', { phone: '2' }), aRow('9', { phone: 'other' }), aRow('10', { phone: '10' })];
  const before = await stored('hubspot_records');
  expect(await run.in((tx) => mergeHubSpotPage(tx, scope({ from: null, to: '10' }), page))).toEqual({
    changed: 1,
    gone: 0,
  });
  const moved = (await stored('hubspot_records')).filter(({ at }, n) => at !== before[n]?.at);
  expect(moved.map(({ id }) => id)).toEqual(['9']);
});

test('what the proved interval holds and the page does not is gone, and only that; its history says so', async () => {
  await run.in((tx) =>
    mergeHubSpotPage(
      tx,
      scope(),
      ['11', '12', '100'].map((id) => aRow(id)),
    ),
  );
  // (9, 12] in the order of numbers: 10 and 11 lie inside, 100 and 9 do not.
  expect(await run.in((tx) => mergeHubSpotPage(tx, scope({ from: '9', to: '12' }), [aRow('12')]))).toEqual({
    changed: 0,
    gone: 2,
  });
  expect(await ids('hubspot_records')).toEqual(['2', '9', '12', '100']);
  const told = await run.in((tx) =>
    tx.selectFrom('outcomes').select(['giver_id', 'outcome']).orderBy('giver_id').execute(),
  );
  expect(told).toEqual([
    { giver_id: '10', outcome: 'gone' },
    { giver_id: '11', outcome: 'gone' },
  ]);
  expect((await run.in((tx) => mergeHubSpotPage(tx, scope({ from: '12', to: null }), []))).gone).toBe(1);
});

test('a page that proves nothing deletes nothing', async () => {
  const before = await ids('hubspot_records');
  expect((await run.in((tx) => mergeHubSpotPage(tx, scope(), []))).gone).toBe(0);
  expect(await ids('hubspot_records')).toEqual(before);
});

test('Pendo ids are ordered by bytes, whatever the database’s language; odd ones stand outside that order', async () => {
  const names = ['Zoe', 'anna', 'zoë', '😀', '￿'];
  await run.in((tx) =>
    mergePendoPage(tx, scope(), [...names.map((id) => aRow(id)), aRow('odd!1', {}, { unstorable: true })]),
  );
  // By bytes: odd!1 lies between anna and zoë, Zoe before both, the supplementary 😀 after ￿.
  expect((await run.in((tx) => mergePendoPage(tx, scope({ from: 'anna', to: '￿' }), [aRow('zoë')]))).gone).toBe(1);
  expect(await ids('pendo_records')).toEqual(['Zoe', 'anna', 'odd!1', 'zoë', '😀']);
});

test('a scan in another order tells by what it saw', async () => {
  await run.in((tx) => noteSeen(tx, scope(), ['Zoe', '😀']));
  await run.in((tx) => deleteUnseen(tx, scope(), 'unstorable'));
  expect(await ids('pendo_records')).toEqual(['Zoe', 'anna', 'zoë', '😀']);
  await run.in((tx) => noteSeen(tx, scope(), ['Zoe', '😀']));
  await run.in((tx) => deleteUnseen(tx, scope(), 'all'));
  expect(await ids('pendo_records')).toEqual(['Zoe', '😀']);
});

test('another tenant’s rows are neither seen nor touched', async () => {
  const other = `${run.tenantId}-other`;
  await run.db.platform((tx) => tx.insertInto('tenants').values({ id: other, name: 'other' }).execute());
  await run.db.tenant(other, (tx) => mergeHubSpotPage(tx, { ...scope(), tenantId: other }, [aRow('2'), aRow('9')]));
  const { gone } = await run.in((tx) => mergeHubSpotPage(tx, scope({ from: null, to: null }), []));
  expect(gone).toBe(3);
  const left = await run.db.tenant(other, (tx) =>
    tx.selectFrom('hubspot_records').select('id').orderBy('id').execute(),
  );
  expect(left).toEqual([{ id: '2' }, { id: '9' }]);
});
