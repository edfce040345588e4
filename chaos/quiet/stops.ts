/** A person stops a run, or a credential dies: nothing is written meanwhile, and all of it afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { objectOf } from '../log-evidence.ts';
import { activeRun, ended, goodStates, type ListedRun, start, waitForSync } from '../runs.ts';
import { unproved } from '../stage.ts';
import { clearFaults, connectHubSpot, connectPendo } from '../tenants.ts';
import { readCalls } from '../vendor-log.ts';
import { fail, mustArrive, requireAll, type Scene } from './scene.ts';
import { touchAll } from './touch.ts';

/** Requests on their way are awaited. */
const arrivalMs = 500;
/** Longer than what is left of a run that reads. */
const watchMs = 5000;
const patienceMs = 60_000;

/** Paused while it reads: it waits, and ends well when it is resumed. */
export async function pausedAndResumed(scene: Scene): Promise<void> {
  const { stage, tenant, object } = scene;
  await touchAll(scene);
  const run = await slowRun(scene);
  if (run === undefined) return;
  const sync = `/v1/tenants/${tenant.id}/syncs/${object}`;
  await stage.api.post(`${sync}/pause`);
  await requireNoWrite(scene, 'paused');
  const { state } = await stage.api.get<ListedRun>(`/v1/tenants/${tenant.id}/runs/${run.id}`);
  if (state !== 'paused') fail(scene, 'guard', `run ${run.id} is ${state} although the sync was paused`);
  await stage.api.post(`${sync}/resume`);
  const after = await ended(stage, tenant, run.id);
  if (!goodStates.includes(after.state)) return fail(scene, 'lost', `run ${run.id} was resumed and ${after.state}`);
  await requireAll(scene, 'paused and resumed', after);
}

/** Cancelled while it reads: it writes nothing, and the next run, asked for as a delta, writes everything. */
export async function cancelled(scene: Scene): Promise<void> {
  const { stage, tenant } = scene;
  await touchAll(scene);
  const run = await slowRun(scene);
  if (run === undefined) return;
  await stage.api.post(`/v1/tenants/${tenant.id}/runs/${run.id}/cancel`);
  await requireNoWrite(scene, 'cancelled');
  const { state } = await ended(stage, tenant, run.id);
  if (state !== 'cancelled') fail(scene, 'guard', `run ${run.id} ${state} although it was cancelled`);
  await mustArrive(scene, 'cancelled, then another run', async () => undefined, 'delta');
}

/** A dead credential stops the sync with a reason; a new one resumes it without anybody asking. */
export async function credentialDies(scene: Scene, vendor: 'hubspot' | 'pendo'): Promise<void> {
  const { stage, n, tenant, object } = scene;
  await touchAll(scene);
  await tenant.admin.post(`/admin/worlds/${tenant.name}/faults`, { vendor, kind: 'revoked', count: 1 });
  const begun = await start(stage, tenant, object, { scope: 'full' });
  const sync = () => stage.api.get<{ state: string }>(`/v1/tenants/${tenant.id}/syncs/${object}`);
  const stopped = await waitForSync(patienceMs, async () => (await sync()).state === 'paused');
  if (begun?.started !== true || !stopped) {
    return unproved(stage, tenant.name, `${object}: the sync was not paused when the ${vendor} credential died`);
  }
  stage.interruptions.push({ world: n, at: Date.now() });
  await clearFaults(tenant);
  const connect = vendor === 'hubspot' ? connectHubSpot : connectPendo;
  await connect(stage.api, tenant, tenant.connected[vendor]);
  const resumed = await waitForSync(patienceMs, async () => (await sync()).state === 'enabled');
  if (!resumed) {
    fail(scene, 'lost', `the sync stayed paused although ${vendor} was connected again`);
    await stage.api.post(`/v1/tenants/${tenant.id}/syncs/${object}/resume`);
  }
  const run = await ended(stage, tenant, begun.run.id);
  if (goodStates.includes(run.state)) await requireAll(scene, `credential renewed: ${vendor}`, run);
  else await mustArrive(scene, `credential renewed: ${vendor}`, async () => undefined);
}

/** A run that goes on reading for some seconds. */
async function slowRun({ stage, tenant, object }: Scene): Promise<ListedRun | undefined> {
  const slow = { vendor: 'pendo', kind: 'latency', ms: 3000, count: 1, source: `^${object}s$` };
  await tenant.admin.post(`/admin/worlds/${tenant.name}/faults`, slow);
  const begun = await start(stage, tenant, object, { scope: 'full' });
  const isReading = async (): Promise<boolean> => (await activeRun(stage, tenant, object))?.phase === 'read';
  if (begun?.started === true && (await waitForSync(patienceMs, isReading))) return begun.run;
  unproved(stage, tenant.name, `${object}: no run that could be stopped while it reads`);
  return undefined;
}

async function requireNoWrite(scene: Scene, how: string): Promise<void> {
  const { stage, tenant, object } = scene;
  const since = Date.now() + arrivalMs;
  await sleep(watchMs);
  const calls = await readCalls(stage.adminUrl, tenant);
  const against = calls.find(
    (call) => call.at > since && objectOf(call) === object && call.writes?.some(({ accepted }) => accepted),
  );
  if (against) fail(scene, 'guard', `${against.operation} at ${against.at} wrote although the run was ${how}`);
}
