/** Runs as the API shows them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunView } from '../demo/runs.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { ifPossible } from './patient-api.ts';
import { count, type Stage } from './stage.ts';
import type { ChaosTenant } from './tenants.ts';

export interface ListedRun extends RunView {
  scope: 'full' | 'delta';
  trigger: string;
  dryRun: boolean;
  queuedAt: string;
}

export const activeStates = ['queued', 'running', 'paused', 'waiting'];
export const goodStates = ['succeeded', 'degraded'];

export async function latestRuns(
  { api }: Pick<Stage, 'api'>,
  tenant: ChaosTenant,
  object: SyncObject,
  limit = 10,
): Promise<ListedRun[]> {
  const { runs } = await api.get<{ runs: ListedRun[] }>(
    `/v1/tenants/${tenant.id}/runs?object=${object}&limit=${limit}`,
  );
  return runs;
}

export async function activeRun(stage: Stage, tenant: ChaosTenant, object: SyncObject): Promise<ListedRun | undefined> {
  return (await latestRuns(stage, tenant, object, 3)).find(({ state }) => activeStates.includes(state));
}

/** @returns whether it came to be so in time */
export async function waitForSync(timeoutMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  for (const until = Date.now() + timeoutMs; ; await sleep(400)) {
    if (await isSo()) return true;
    if (Date.now() > until) return false;
  }
}

/** Undefined: refused as things stand. */
export async function start(
  { api }: Pick<Stage, 'api'>,
  tenant: ChaosTenant,
  object: SyncObject,
  how: { scope?: 'full' | 'delta'; dryRun?: boolean } = {},
): Promise<{ run: ListedRun; started: boolean } | undefined> {
  let answer: { run: ListedRun; started: boolean } | undefined;
  await ifPossible(
    api
      .post<{ run: ListedRun; started: boolean }>(`/v1/tenants/${tenant.id}/syncs/${object}/runs`, how)
      .then((given) => {
        answer = given;
      }),
  );
  return answer;
}

/** The run as it stands when it has ended or is held, or when the time is over. */
export async function ended(
  { api }: Pick<Stage, 'api'>,
  tenant: ChaosTenant,
  id: string,
  timeoutMs = 90_000,
): Promise<ListedRun> {
  for (const until = Date.now() + timeoutMs; ; await sleep(300)) {
    const run = await api.get<ListedRun>(`/v1/tenants/${tenant.id}/runs/${id}`);
    if (!activeStates.includes(run.state) || Date.now() > until) return run;
  }
}

/** A person lets held legs deliver. */
export async function approve(stage: Stage, tenant: ChaosTenant, run: { id: string }, who: string): Promise<boolean> {
  if (!stage.approvals.has(run.id)) stage.approvals.set(run.id, Date.now());
  const done = await ifPossible(stage.api.post(`/v1/tenants/${tenant.id}/runs/${run.id}/approve`, {}));
  count(stage, `approval by ${who}: ${done ? 'given' : 'not possible'}`);
  return done;
}

/** A full run of now that ended well. What is held meanwhile is approved. */
export async function goodFullRun(
  stage: Stage,
  tenant: ChaosTenant,
  object: SyncObject,
): Promise<ListedRun | undefined> {
  for (let attempt = 0; attempt < 4; attempt++) {
    const begun = await start(stage, tenant, object, { scope: 'full' });
    if (begun === undefined) {
      await sleep(1000);
      continue;
    }
    let run = await ended(stage, tenant, begun.run.id);
    if (run.state === 'held' && (await approve(stage, tenant, run, 'the driver')))
      run = await ended(stage, tenant, run.id);
    if (begun.started && run.scope === 'full' && !run.dryRun && goodStates.includes(run.state)) return run;
  }
  return undefined;
}
