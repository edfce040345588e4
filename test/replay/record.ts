/**
 * Records the histories that the replay tests go through, on servers of its own: `node test/replay/record.ts`.
 * To be run once for every released version of the workflows; older histories stay, and must go on replaying.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { type RunView, waitForRun } from '../../demo/runs.ts';
import { type Stack, startStack } from '../../demo/stack.ts';
import { createTenant } from '../../demo/tenant.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { syncId } from '../../src/orchestration/names.ts';
import { fetchRunHistories } from '../../src/orchestration/replay.ts';
import type { SyncObject } from '../../src/sync/config.ts';

const version = process.argv[2] ?? '1';
const folder = path.join(import.meta.dirname, 'histories');
const dataDir = await mkdtemp(path.join(tmpdir(), 'record-'));
const stack = await startStack({ dataDir, worker: false });
try {
  await record(stack);
} finally {
  await stack.stop();
  await rm(dataDir, { recursive: true });
}

async function record({ api, services }: Stack): Promise<void> {
  const size = { contacts: 150, visitors: 150, companies: 60, accounts: 60 };
  const tenant = await createTenant(stack, { world: { world: 'recorded', seed: 3, tier: 0, ...size } });
  const { workflow } = services.client;
  const sync = (object: SyncObject) => `/v1/tenants/${tenant.id}/syncs/${object}`;
  const enable = async (object: SyncObject) => (await api.post<{ run: RunView }>(`${sync(object)}/enable`)).run;

  // Nobody works yet: the workflow that enabling started makes way for one that is told when to continue as new.
  const paused = await enable('account');
  await api.post(`${sync('account')}/pause`);
  const workflowId = syncId(tenant.id, 'account');
  await workflow.getHandle(workflowId).terminate('replaced, to be recorded');
  const first = await workflow.start('syncRun', {
    workflowId,
    taskQueue: 'crosswalk',
    args: [{ tenantId: tenant.id, object: 'account', runId: paused.id, freshAfter: 2 }],
  });
  const worker = await services.work();
  const fresh = await waitUntil(
    async () => {
      await workflow.getHandle(workflowId).signal('pause');
      const { runId } = await workflow.getHandle(workflowId).describe();
      return runId === first.firstExecutionRunId ? undefined : runId;
    },
    { what: 'continuing as new while paused', timeoutMs: 60_000, everyMs: 1000 },
  );
  console.log('continued as', fresh);
  await api.post(`${sync('account')}/resume`);
  await save(paused.id, 'account', 'paused-and-continued');

  const { id } = await enable('visitor');
  await save(id, 'visitor', 'first-run');
  await worker.stop();

  async function save(runId: string, object: SyncObject, name: string): Promise<void> {
    const { state } = await waitForRun(api, tenant.id, runId);
    if (state !== 'succeeded') throw new Error(`run ${runId} ${state}`);
    const histories = await waitUntil(
      async () => {
        const found = await fetchRunHistories(services.client, { tenantId: tenant.id, object, runId });
        // The terminated one never worked.
        const worked = found.filter(({ history }) => (history.events?.length ?? 0) > 5);
        return worked.length === (name === 'first-run' ? 1 : 2) ? worked : undefined;
      },
      { what: 'the histories can be listed', timeoutMs: 20_000, everyMs: 500 },
    );
    for (const [n, { history }] of histories.entries()) {
      const file = path.join(folder, `v${version}-${name}-${n + 1}.json`);
      await writeFile(file, `${historyToJSON(history).replaceAll(hostname(), 'recorder')}\n`);
      console.log(file, history.events?.length, 'events');
    }
  }
}
