import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, testedTenant } from '../e2e/tested-tenant.ts';
import { startWorkerProcess } from '../e2e/worker-process.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ worker: false });
});
afterAll(() => stack.stop());

/** Whoever closes a run waits as long as the holder of this lock wants. */
const lock = 4242;
const holdUp = `
  create function wait_for_test() returns trigger language plpgsql as $$
  begin perform pg_advisory_xact_lock_shared(${lock}); return new; end $$;
  create trigger wait_for_test before update on runs for each row
    when (old.closed_at is null and new.closed_at is not null) execute function wait_for_test()`;

describe('closing a run', { timeout: 120_000 }, () => {
  test('a run that was being closed when its worker was killed is closed by the next one within a minute', async () => {
    const tenant = await testedTenant(stack, { world: { contacts: 20, visitors: 20, companies: 3, accounts: 3 } });
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    const client = new pg.Client({ connectionString: stack.databaseUrl });
    await client.connect();
    try {
      await client.query(holdUp);
      await client.query('select pg_advisory_lock($1)', [lock]);
      await using first = await startWorkerProcess(stack);
      const run = await tenant.start('visitor', 'enable');
      await waitUntil(
        async () => {
          const { rows } = await client.query("select 1 from pg_locks where locktype = 'advisory' and not granted");
          return rows[0];
        },
        { what: 'the run being closed', timeoutMs: 40_000 },
      );
      await first.end('SIGKILL');
      await client.query('select pg_advisory_unlock($1)', [lock]);
      const killed = Date.now();
      await using _second = await startWorkerProcess(stack);
      expectAgreement(await tenant.judge(before, from, [run]));
      expect(Date.now() - killed).toBeLessThan(60_000);
    } finally {
      await client.end();
    }
  });
});
