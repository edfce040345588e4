/** Crosswalk works through a pooler that lends a connection for one transaction, and leaves nothing on it. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { syncObjects } from '../../src/sync/config.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { testedTenant } from '../e2e/tested-tenant.ts';
import { startWorkerProcess } from '../e2e/worker-process.ts';
import { type FreshDatabase, freshDatabase } from '../setup/database.ts';
import { type Pooler, startPooler } from '../setup/pgbouncer.ts';

/** Far fewer than callers: what needs two connections at once, or keeps one, stands still. */
const size = 4;
let fresh: FreshDatabase;
let pooler: Pooler;
let stack: Stack;
beforeAll(async () => {
  fresh = await freshDatabase();
  pooler = await startPooler(fresh.url, size);
  stack = await openStack({ databaseUrl: pooler.url });
});
afterAll(async () => {
  await stack?.stop();
  await pooler?.[Symbol.asyncDispose]();
  await fresh.drop();
});

async function ask<T>(text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: pooler.url });
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}

test('first and later runs of both syncs, by two workers, are what the oracle asks for', {
  timeout: 180_000,
}, async () => {
  await using _second = await startWorkerProcess(stack);
  const tenant = await testedTenant(stack, { world: { contacts: 250, visitors: 260, companies: 40, accounts: 40 } });
  expectAgreement(await tenant.round('enable'));
  expectAgreement(await tenant.round('run'));
  const { judged } = await tenant.round('run', [...syncObjects]);
  expect(judged.map(({ run }) => run.state)).toEqual(['succeeded', 'succeeded']);
  const connections = await ask<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database()`,
  );
  expect(connections[0]?.n).toBeLessThanOrEqual(size);
});

test('what a transaction set stays with it: no role, tenant or time-out is left on a connection', async () => {
  const states = await Promise.all(
    Array.from({ length: 4 * size }, () =>
      ask<Record<string, string>>(
        `select current_user = session_user as own, coalesce(current_setting('crosswalk.tenant', true), '') as tenant,
                coalesce(current_setting('crosswalk.platform', true), '') in ('', 'off') as within,
                current_setting('statement_timeout') as statement, current_setting('enable_nestloop') as loops, pg_sleep(0.05)::text as slept`,
      ),
    ),
  );
  for (const [state] of states) {
    expect(state).toEqual({ own: true, tenant: '', within: true, statement: '0', loops: 'on', slept: '' });
  }
});

test('a table that another version left on a connection is in nobody’s way', { timeout: 120_000 }, async () => {
  // On every connection of the pool: as the role under which a version before worked, with other columns.
  await Promise.all(
    Array.from({ length: 4 * size }, () =>
      ask(
        `set local role crosswalk_app; create temp table if not exists s_accepted (seq bigint) on commit delete rows; select pg_sleep(0.1)`,
      ),
    ),
  );
  const tenant = await testedTenant(stack, { world: { contacts: 30, visitors: 30, companies: 4, accounts: 4 } });
  expectAgreement(await tenant.round('enable'));
  expectAgreement(await tenant.round('run'));
});
