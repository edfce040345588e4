/** Fields are taken out of the mapping and come back: the next run, asked for as a delta, writes what was missed meanwhile. */
import type { SyncConfig, SyncConfigInput, SyncObject } from '../../src/sync/config.ts';
import { tenantLock } from '../locks.ts';
import { goodFullRun } from '../runs.ts';
import { type Stage, unproved } from '../stage.ts';
import type { ChaosTenant } from '../tenants.ts';
import { mustArrive, type Scene } from './scene.ts';
import { touchAll } from './touch.ts';

export async function fieldsComeBack(scene: Scene): Promise<void> {
  const { stage, n, tenant, object } = scene;
  const { pull = [], push = [], ...rest } = tenant.full[object];
  const isKept = (_: unknown, at: number): boolean => at % 2 === 0;
  await configure(stage, n, object, { ...rest, pull: pull.filter(isKept), push: push.filter(isKept) });
  await touchAll(scene);
  if ((await goodFullRun(stage, tenant, object)) === undefined) {
    return unproved(stage, tenant.name, `${object}, mapping: no run ended well with half of the fields`);
  }
  await mustArrive(scene, 'fields mapped again', () => mapAll(stage, n, object), 'delta');
}

/** All fields of the tenant, and the usual join key. */
export function mapAll(stage: Stage, n: number, object: SyncObject): Promise<void> {
  return configure(stage, n, object, (stage.tenants[n] as ChaosTenant).full[object]);
}

function configure(stage: Stage, n: number, object: SyncObject, config: SyncConfigInput): Promise<void> {
  const tenant = stage.tenants[n] as ChaosTenant;
  return stage.locks.alone(tenantLock(n), async () => {
    const path = `/v1/tenants/${tenant.id}/syncs/${object}`;
    const stored = await stage.api.put<{ config: SyncConfig }>(path, config);
    tenant.configs[object] = stored.config;
  });
}
