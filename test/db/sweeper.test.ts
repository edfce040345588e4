/** However many runs pause or wait, one that has lost its workflow is found. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunState } from '../../src/db/schema.ts';
import { listRunning, repeatSignals, sweepRuns } from '../../src/orchestration/sweeper.ts';
import { type Engine, openEngine } from './engine.ts';

const count = 2300;
const active: RunState[] = ['queued', 'running', 'paused', 'waiting'];

let engine: Engine;
let ids: string[];
beforeAll(async () => {
  engine = await openEngine();
  ids = await engine.db.platform(async (tx) => {
    await sql`insert into tenants (id, name) select 's' || n, 'One of many' from generate_series(1, ${count}) n`.execute(
      tx,
    );
    const { rows } = await sql<{ id: string }>`
      insert into runs (tenant_id, object, trigger, epoch, config, config_version, state)
      select 's' || n, 'visitor', 'daily', 1, '{}', 1, case when n % 2 = 0 then 'paused' else 'waiting' end
      from generate_series(1, ${count}) n order by n returning id`.execute(tx);
    return rows.map(({ id }) => id);
  });
});
afterAll(() => engine.close());

/** A Temporal that knows the workflows of all runs but some, and notes how it is asked. */
function temporal(lost: string[]) {
  const seen = { asked: 0, now: 0, most: 0, started: [] as string[] };
  const client = {
    workflow: {
      async *list() {
        for (const [n, id] of ids.entries()) {
          // A workflow of an older version carries no memo; the one of the second tenant is that of the run before.
          const workflowId = `sync/s${n + 1}/visitor`;
          if (n === 0) yield { workflowId, memo: undefined };
          else if (!lost.includes(`s${n + 1}`)) {
            yield { workflowId, memo: { told: { run: n === 1 ? '0' : id, queued: 1 } } };
          }
        }
      },
      getHandle: (id: string) => ({
        async describe() {
          seen.asked++;
          seen.most = Math.max(seen.most, ++seen.now);
          await new Promise(setImmediate);
          seen.now--;
          if (lost.some((tenant) => id === `sync/${tenant}/visitor`)) throw new WorkflowNotFoundError('lost', id, '');
          return { status: { name: 'RUNNING' } };
        },
      }),
    },
  } as unknown as Client;
  const starter = {
    start: async ({ runId }: { runId: string }) => void seen.started.push(runId),
    lookNow: async () => undefined,
  };
  return { seen, options: { client, db: engine.db, starter, log: engine.deps.log } };
}

test('all runs are looked at, some at once, and those without a workflow are started, the youngest among them', async () => {
  const { seen, options } = temporal(['s1', 's1500', `s${count}`]);
  await sweepRuns(options, active);
  expect([...seen.started].sort()).toEqual([ids[0], ids[1499], ids[count - 1]].sort());
  expect(seen.asked).toBe(count);
  expect(seen.most).toBeGreaterThan(4);
  expect(seen.most).toBeLessThan(50);
});

test('what was seen running is not asked about again between two looks at everything', async () => {
  const { seen, options } = temporal(['s7']);
  const open = new Set<string>();
  await sweepRuns(options, active, open);
  await sweepRuns(options, active, open);
  expect(seen.asked).toBe(count + 1);
  expect(seen.started).toEqual([ids[6], ids[6]]);
});

test('whom Temporal lists with this very run is not asked about', async () => {
  const { seen, options } = temporal(['s1500']);
  await sweepRuns(options, active, await listRunning(options.client));
  expect(seen.asked).toBe(3);
  expect(seen.started).toEqual([ids[1499]]);
});

test('a sweep ends soon when the process does', async () => {
  const { seen, options } = temporal([]);
  await sweepRuns(options, active, new Set(), () => seen.asked >= 100);
  expect(seen.asked).toBeLessThan(200);
});

test('a run whose predecessor is still closing is started by the first look that finds that one gone', async () => {
  const { seen, options } = temporal([]);
  let closing = true;
  const handle = {
    async describe() {
      if (closing) return { status: { name: 'RUNNING' }, memo: { told: { run: '0', queued: 1 } } };
      throw new WorkflowNotFoundError('over', 'sync/s9/visitor', '');
    },
  };
  const others = options.client.workflow.getHandle.bind(options.client.workflow);
  const getHandle = (id: string) => (id === 'sync/s9/visitor' ? handle : others(id));
  const client = { workflow: { ...options.client.workflow, getHandle } } as unknown as Client;
  const open = new Set<string>();
  await sweepRuns({ ...options, client }, active, open);
  closing = false;
  seen.started.length = 0;
  await sweepRuns({ ...options, client }, active, open);
  expect(seen.started).toEqual([ids[8]]);
});

test('one run that cannot be looked at keeps no other from being started', async () => {
  const { seen, options } = temporal(['s1500']);
  const others = options.client.workflow.getHandle.bind(options.client.workflow);
  const broken = { describe: async () => Promise.reject(new Error('this one alone')) };
  const getHandle = (id: string) => (id === 'sync/s3/visitor' ? broken : others(id));
  const client = { workflow: { ...options.client.workflow, getHandle } } as unknown as Client;
  await sweepRuns({ ...options, client }, active);
  expect(seen.started).toEqual([ids[1499]]);
});

test('a signal that was lost is sent again: to a paused run that may continue, and to one that waits and is cancelled', async () => {
  const { options } = temporal([]);
  const [paused, waiting] = [ids[1]!, ids[2]!];
  await engine.db.platform(async (tx) => {
    await tx.updateTable('runs').set({ pause_requested: true }).where('state', '=', 'paused').execute();
    await tx.updateTable('runs').set({ pause_requested: false }).where('id', '=', paused).execute();
    await tx.updateTable('runs').set({ cancel_requested: true }).where('id', '=', waiting).execute();
  });
  const given: string[] = [];
  const starter = {
    ...options.starter,
    lookNow: async (tenant: string) => void given.push(tenant),
  };
  await repeatSignals({ ...options, starter });
  expect(given.sort()).toEqual(['s2', 's3']);
});
