/** A full run falls due while a delta is going on: it is started when that one has ended. */
import type { SyncObject } from '../src/sync/config.ts';
import { syncLock } from './locks.ts';
import { activeRun, ended, goodFullRun, latestRuns, start, waitForSync } from './runs.ts';
import { count, type Stage, unproved } from './stage.ts';
import type { ChaosTenant } from './tenants.ts';

/** Longer than the sweeper and a restart of everything take. */
const patienceMs = 60_000;

export async function fallDue(stage: Stage, n: number, object: SyncObject): Promise<void> {
  const tenant = stage.tenants[n] as ChaosTenant;
  await stage.locks.alone(syncLock(n, object), async () => {
    if ((await goodFullRun(stage, tenant, object)) === undefined)
      return unproved(stage, tenant.name, 'full run due: no good run before');
    // Long enough for the full run to fall due within it, and for a kill or two.
    const slow = { vendor: 'pendo', kind: 'latency', ms: 2500, count: 1, source: `^${object}s$` };
    await tenant.admin.post(`/admin/worlds/${tenant.name}/faults`, slow);
    const begun = await start(stage, tenant, object, { scope: 'delta' });
    if (begun?.started !== true) return unproved(stage, tenant.name, 'full run due: no delta');
    const { run: delta } = begun;
    if (!(await stage.temporal.triggerFull(tenant.id, object))) {
      return unproved(stage, tenant.name, 'full run due: Temporal is away');
    }
    const done = await ended(stage, tenant, delta.id);
    // The delta itself reads everything where no mirror stands.
    const isFull = ({ id, scope, dryRun }: { id: string; scope: string; dryRun: boolean }): boolean =>
      Number(id) >= Number(delta.id) && scope === 'full' && !dryRun;
    const began = await waitForSync(patienceMs, async () => (await latestRuns(stage, tenant, object)).some(isFull));
    if (began) return count(stage, `full run due: started after a ${done.scope} run that ${done.state}`);
    const { state } = await stage.api.get<{ state: string }>(`/v1/tenants/${tenant.id}/syncs/${object}`);
    if (state !== 'enabled' || (await activeRun(stage, tenant, object)) !== undefined) {
      return count(stage, `full run due: the sync is ${state}`);
    }
    stage.findings.push({
      what: 'due',
      world: tenant.name,
      detail: `the full run of ${object} that fell due while delta ${delta.id} was going on was never started`,
    });
  });
}
