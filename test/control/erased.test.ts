/** "Erase values" is final: nothing that was under way puts a value back. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Tx } from '../../src/db/index.ts';
import { mergeHubSpotPage, mergePendoPage } from '../../src/db/mirror/merge-page.ts';
import { type Fence, FenceLost, holdFence, stopCause, takeFence } from '../../src/db/runs/index.ts';
import { noteSeen } from '../../src/db/runs/seen.ts';
import { type SyncObject, syncConfigSchema } from '../../src/sync/config.ts';
import { connectOnPaper, type Harness, startHarness } from '../api/harness.ts';
import { aRow } from '../db/a-run.ts';

let api: Harness;
let admin: string;
let tenant: string;
let runs: Record<SyncObject, string>;
beforeAll(async () => {
  api = await startHarness();
  admin = await api.key(['admin']);
});
afterAll(() => api[Symbol.asyncDispose]());

beforeEach(async () => {
  tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'T' })).body.id;
  await connectOnPaper(api.db, tenant);
  const config = JSON.stringify(syncConfigSchema.parse({ joinKey: { property: 'email' } }));
  const run = (object: SyncObject): Promise<string> =>
    inTenant(async (tx) => {
      await tx.insertInto('syncs').values({ tenant_id: tenant, object, config, state: 'enabled' }).execute();
      const row = { tenant_id: tenant, object, trigger: 'manual', epoch: 1, config, config_version: 1 } as const;
      const made = await tx
        .insertInto('runs')
        .values({ ...row, state: 'running' })
        .returning('id')
        .executeTakeFirstOrThrow();
      return made.id;
    });
  runs = { visitor: await run('visitor'), account: await run('account') };
});

const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => api.db.tenant(tenant, work);
const erase = (object: SyncObject = 'visitor') =>
  api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/${object}/disable`, { eraseValues: true });
const fenceOf = (object: SyncObject, step: Fence['step']) =>
  inTenant((tx) => takeFence(tx, tenant, runs[object], step));

/** What a page of a read writes. */
async function page(tx: Tx, fence: Fence, object: SyncObject = 'visitor'): Promise<void> {
  await holdFence(tx, fence);
  const scope = { tenantId: tenant, object, runId: runs[object] };
  await mergeHubSpotPage(tx, scope, [aRow('1', { jobtitle: 'Lead' })]);
  await mergePendoPage(tx, scope, [aRow('a@x.com', { days: '3' })]);
  await noteSeen(tx, scope, ['a@x.com']);
}

/** Rows that hold values of an object, or names of people. */
async function kept(object: SyncObject): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select (select count(*) from hubspot_records where tenant_id = ${tenant} and object = ${object})
         + (select count(*) from pendo_records where tenant_id = ${tenant} and object = ${object})
         + (select count(*) from seen_ids where run_id = ${runs[object]}::bigint) as n`.execute(api.db.owner);
  return Number(rows[0]?.n);
}

test('a page that comes in afterwards is not taken, though its run has not ended yet', async () => {
  const fence = await fenceOf('visitor', 'pendo');
  await inTenant((tx) => page(tx, fence));
  expect(await kept('visitor')).toBe(3);
  expect((await erase()).status).toBe(200);
  await expect(inTenant((tx) => page(tx, fence))).rejects.toThrow(FenceLost);
  expect(await kept('visitor')).toBe(0);
  // Nor may another attempt, or another step: the run ends at its next look.
  expect(await inTenant((tx) => stopCause(tx, runs.visitor))).toBe('gone');
  const settle = await fenceOf('visitor', 'settle');
  await expect(inTenant((tx) => holdFence(tx, settle))).rejects.toThrow(FenceLost);
});

test('a page that is just being written is erased with the rest', async () => {
  const fence = await fenceOf('visitor', 'pendo');
  let erasing: ReturnType<typeof erase> | undefined;
  await inTenant(async (tx) => {
    await page(tx, fence);
    erasing = erase();
    await waiting();
  });
  expect((await erasing)?.status).toBe(200);
  expect(await kept('visitor')).toBe(0);
});

test('a page that waited for the erasing to end is not taken', async () => {
  const fence = await fenceOf('visitor', 'hubspot');
  let late: Promise<unknown> | undefined;
  let erasing: ReturnType<typeof erase> | undefined;
  await inTenant(async (tx) => {
    // Whoever erases has the tenant, and waits for the run, which this transaction has.
    await tx.selectFrom('runs').select('id').where('id', '=', runs.visitor).forUpdate().execute();
    erasing = erase();
    await waiting();
    late = inTenant((other) => page(other, fence)).then(
      () => 'taken',
      (error) => error,
    );
    await waiting(2);
  });
  expect((await erasing)?.status).toBe(200);
  expect(await late).toBeInstanceOf(FenceLost);
  expect(await kept('visitor')).toBe(0);
});

test('the other sync of the tenant keeps its values, its run goes on, and what was held can be approved', async () => {
  const fence = await fenceOf('account', 'pendo');
  await inTenant((tx) => page(tx, fence, 'account'));
  await erase();
  expect(await kept('account')).toBe(3);
  await inTenant((tx) => page(tx, fence, 'account'));
  expect(await inTenant((tx) => stopCause(tx, runs.account))).toBeNull();
  const held = JSON.stringify([{ leg: 'pull', test: 'counts', subject: 'x', message: '', before: 1, now: 0 }]);
  await inTenant((tx) => tx.updateTable('runs').set({ state: 'held', held }).where('id', '=', runs.account).execute());
  await erase();
  const approved = await api.call(admin, 'POST', `/v1/tenants/${tenant}/runs/${runs.account}/approve`, {});
  expect(approved.status).toBe(200);
});

/** Until so many sessions wait for a lock. */
async function waiting(sessions = 1): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    const { rows } = await sql<{ n: string }>`
      select count(*) as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(api.db.owner);
    return Number(rows[0]?.n) >= sessions || undefined;
  };
  await waitUntil(look, { what: `${sessions} that wait for a lock`, timeoutMs: 20_000, everyMs: 10 });
}
