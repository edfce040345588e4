/** The tenant moves to another portal or subscription, and back: nothing of one account is believed of the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { activeRun, ended, start, waitForSync } from '../runs.ts';
import { unproved } from '../stage.ts';
import { move, requireRefusal } from '../swaps.ts';
import { mustArrive, type Scene } from './scene.ts';
import { touchAll } from './touch.ts';

type Vendor = 'hubspot' | 'pendo';

/**
 * Values are written, and before they are read back the tenant moves, in the middle of a run. That run ends; the next one, asked
 * for as a delta, writes all that the other account has not.
 */
export async function accountChanges(scene: Scene, vendor: Vendor): Promise<void> {
  const { stage, n, tenant, object } = scene;
  await mustArrive(scene, 'values changed', () => touchAll(scene));
  await requireRefusal(stage, n, vendor);
  await moveDuringRun(scene, vendor);
  await mustArrive(
    { ...scene, excused: new Set() },
    `moved to another account: ${vendor}`,
    async () => undefined,
    'delta',
  );
  if (!(await move(stage, n, vendor, tenant.world))) {
    return unproved(stage, tenant.name, `${object}: could not move back to the ${vendor} account`);
  }
  await mustArrive(scene, `moved back: ${vendor}`, () => touchAll(scene), 'delta');
}

async function moveDuringRun(scene: Scene, vendor: Vendor): Promise<void> {
  const { stage, n, tenant, object } = scene;
  const slow = { vendor: 'pendo', kind: 'latency', ms: 4000, count: 1, source: `^${object}s$` };
  await tenant.admin.post(`/admin/worlds/${tenant.name}/faults`, slow);
  const begun = await start(stage, tenant, object, { scope: 'full' });
  await waitForSync(20_000, async () => (await activeRun(stage, tenant, object))?.state === 'running');
  await sleep(500);
  const going = await activeRun(stage, tenant, object);
  const moved = await move(stage, n, vendor, tenant.other);
  if (begun?.started !== true || !moved || going?.id !== begun.run.id) {
    return unproved(stage, tenant.name, `${object}: could not move the ${vendor} account during a run`);
  }
  const { id, state } = await ended(stage, tenant, begun.run.id);
  if (state === 'cancelled') return;
  stage.findings.push({
    what: 'foreign',
    world: tenant.name,
    detail: `quiet, run ${id} of ${object} ${state} although the ${vendor} account was changed while it was going on`,
  });
}
