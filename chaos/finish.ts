/** Quiescence: everything up, no faults, both clocks moved past every settle time; then each sync runs to its end, twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../demo/api.ts';
import { endStates, type RunView, waitForRun } from '../demo/runs.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { approve } from './runs.ts';
import type { Stage } from './stage.ts';
import { type ChaosTenant, reconnect } from './tenants.ts';

export interface LastRun {
  tenant: ChaosTenant;
  object: SyncObject;
  run: RunView;
}

const active = ['queued', 'running', 'paused', 'waiting'];

export async function waitForRest(api: Api, tenants: readonly ChaosTenant[], timeoutMs = 180_000): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (const tenant of tenants) {
    for (;;) {
      const { runs } = await api.get<{ runs: RunView[] }>(`/v1/tenants/${tenant.id}/runs?limit=10`);
      const open = runs.filter((run) => active.includes(run.state));
      if (open.length === 0) break;
      if (Date.now() > until) {
        const stuck = open.map(
          (run) => `${run.object} run ${run.id} is ${run.state} in ${run.phase} (${run.reason?.code})`,
        );
        throw new Error(`${tenant.name} does not come to rest: ${stuck.join('; ')}`);
      }
      await sleep(300);
    }
  }
}

/** Connects again what was revoked, and resumes paused syncs. */
export async function reconnectAll(api: Api, tenants: readonly ChaosTenant[]): Promise<void> {
  for (const tenant of tenants) await reconnect(api, tenant);
}

/** One run of every sync, side by side; a run that the guards hold is approved, since the changes are meant. */
export async function runAll(stage: Stage): Promise<LastRun[]> {
  return Promise.all(
    stage.tenants.flatMap((tenant) =>
      tenant.objects.map(async (object) => ({ tenant, object, run: await runOnce(stage, tenant, object) })),
    ),
  );
}

async function runOnce(stage: Stage, tenant: ChaosTenant, object: SyncObject): Promise<RunView> {
  const { api } = stage;
  const { run } = await api.post<{ run: RunView }>(`/v1/tenants/${tenant.id}/syncs/${object}/runs`, {});
  const ended = await waitForRun(api, tenant.id, run.id, undefined, 180_000);
  if (ended.state !== 'held') return ended;
  await approve(stage, tenant, ended, 'the last run');
  for (;;) {
    const after = await api.get<RunView>(`/v1/tenants/${tenant.id}/runs/${run.id}`);
    if (after.state !== 'held' && endStates.includes(after.state)) return after;
    await sleep(250);
  }
}
