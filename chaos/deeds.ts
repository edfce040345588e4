/** Does what the plan says, apart from killing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, createApi } from '../demo/api.ts';
import type { Clock } from '../sandbox/contract.ts';
import { random } from '../sandbox/world/random.ts';
import type { SyncConfig, SyncObject } from '../src/sync/config.ts';
import { makeChanges } from './edits.ts';
import { slowness } from './faults.ts';
import type { Model } from './model.ts';
import { ifPossible } from './patient-api.ts';
import type { Deed } from './plan.ts';
import { type ChaosTenant, mend } from './tenants.ts';

export interface Stage {
  api: Api;
  adminUrl: string;
  tenants: readonly ChaosTenant[];
  models: readonly Model[];
  /** Instants at which a request on its way may have been given up, for another reason than a kill. */
  interruptions: { world: number; at: number }[];
}

const halfHour = 31 * 60_000;

export async function doDeed(stage: Stage, deed: Exclude<Deed, { kind: 'kill' }>): Promise<void> {
  const { api, adminUrl, interruptions } = stage;
  const admin = createApi(adminUrl);
  if (deed.kind === 'expire') {
    const { now } = await admin.get<Clock>('/admin/clock');
    await admin.put('/admin/clock', { now: now + halfHour, running: true });
    return;
  }
  const tenant = stage.tenants[deed.world] as ChaosTenant;
  const world = `/admin/worlds/${tenant.name}`;
  const sync = (object: SyncObject): string => `/v1/tenants/${tenant.id}/syncs/${object}`;
  const interrupt = (): void => void interruptions.push({ world: deed.world, at: Date.now() });
  switch (deed.kind) {
    case 'edit':
      return edit(stage, deed.world, deed.seed, deed.records);
    case 'fault':
      await admin.post(`${world}/faults`, deed.fault);
      return;
    case 'calm':
      return calm(adminUrl, tenant);
    case 'pause':
    case 'resume':
      interrupt();
      await ifPossible(api.post(`${sync(deed.object)}/${deed.kind}`));
      interrupt();
      return;
    case 'cancel': {
      const { runs } = await api.get<{ runs: { id: string }[] }>(
        `/v1/tenants/${tenant.id}/runs?object=${deed.object}&limit=1`,
      );
      interrupt();
      if (runs[0]) await ifPossible(api.post(`/v1/tenants/${tenant.id}/runs/${runs[0].id}/cancel`));
      interrupt();
      return;
    }
    case 'remap':
      return remap(stage, deed.world, deed.object, deed.seed);
    case 'revoke':
      interrupt();
      await admin.post(`${world}/faults`, { vendor: deed.vendor, kind: 'revoked', count: 1 });
      return;
    case 'mend':
      interrupt();
      await calm(adminUrl, tenant);
      await ifPossible(mend(api, tenant));
      interrupt();
      return;
    default:
      deed satisfies never;
  }
}

export async function calm(adminUrl: string, tenant: ChaosTenant): Promise<void> {
  const admin = createApi(adminUrl);
  await admin.delete(`/admin/worlds/${tenant.name}/faults`);
  for (const fault of slowness) await admin.post(`/admin/worlds/${tenant.name}/faults`, fault);
}

async function edit({ adminUrl, tenants, models }: Stage, n: number, seed: number, records: number): Promise<void> {
  const tenant = tenants[n] as ChaosTenant;
  const model = models[n] as Model;
  const changes = makeChanges(tenant, await model.look(), seed, records);
  const admin = createApi(adminUrl);
  const world = `/admin/worlds/${tenant.name}`;
  for (const place of changes.overwritten) model.untold.add(place);
  for (const type of ['contacts', 'companies'] as const) {
    if (changes.crm[type].length > 0) await admin.patch(`${world}/${type}`, changes.crm[type]);
  }
  for (const list of ['visitors', 'accounts'] as const) {
    if (changes[list].length > 0) await admin.patch(`${world}/${list}`, changes[list]);
  }
  // One at a time, each seen by the model: a run may read between any two.
  for (const event of changes.events) await admin.post(`${world}/events`, [event]);
  await model.look();
}

async function remap({ api, tenants }: Stage, n: number, object: SyncObject, seed: number): Promise<void> {
  const tenant = tenants[n] as ChaosTenant;
  const dice = random(seed, 'remap');
  const { pull = [], push = [], ...rest } = tenant.full[object];
  const some = <T>(all: T[]): T[] => (dice.chance(0.4) ? all : all.filter(() => dice.chance(0.8)));
  const config = { ...rest, pull: some(pull), push: some(push) };
  const done = await ifPossible(
    api.put<{ config: SyncConfig }>(`/v1/tenants/${tenant.id}/syncs/${object}`, config).then((sync) => {
      tenant.configs[object] = sync.config;
    }),
  );
  // Refused because a vendor was failing just then; some other time.
  if (!done) await sleep(50);
}
