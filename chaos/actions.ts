/** Does what the plan says, apart from killing. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../sandbox/contract.ts';
import { random } from '../sandbox/world/random.ts';
import type { SyncConfig, SyncObject } from '../src/sync/config.ts';
import { deleteField } from './definitions.ts';
import { fallDue } from './due.ts';
import { makeChanges } from './edits.ts';
import { holdRun } from './holds.ts';
import { exchangeKeys, giveKey, remakeRecord, renameInPendo } from './identities.ts';
import { caseLock, tenantLock } from './locks.ts';
import type { Model } from './model.ts';
import { createPatientApi, ifPossible } from './patient-api.ts';
import type { Action, Case } from './plan.ts';
import { count, type Stage } from './stage.ts';
import { swapAccount, swapJoinKey } from './swaps.ts';
import { type ChaosTenant, clearFaults, reconnect } from './tenants.ts';

/** @returns what goes on in the background */
export async function doAction(
  stage: Stage,
  action: Exclude<Action, { kind: 'kill' }>,
): Promise<{ goesOn: Promise<void> } | undefined> {
  switch (action.kind) {
    case 'hold':
    case 'swapAccount':
    case 'swapJoinKey':
    case 'fallDue':
      return { goesOn: stage.locks.alone(caseLock(action.world), () => doCase(stage, action)) };
    case 'remakeRecord':
      return { goesOn: remakeRecord(stage, action.world, action) };
    default:
      await doAtOnce(stage, action);
      return undefined;
  }
}

export function isCase(action: Action): action is Case {
  return ['hold', 'swapAccount', 'swapJoinKey', 'fallDue'].includes(action.kind);
}

async function doCase(stage: Stage, action: Case): Promise<void> {
  if (stage.ending) return count(stage, `${action.kind}: no time left`);
  switch (action.kind) {
    case 'hold':
      return holdRun(stage, action.world, action);
    case 'swapAccount':
      return swapAccount(stage, action.world, action.vendor);
    case 'swapJoinKey':
      return swapJoinKey(stage, action.world, action.object);
    case 'fallDue':
      return fallDue(stage, action.world, action.object);
    default:
      action satisfies never;
  }
}

const halfHour = 31 * 60_000;

type AtOnce = Exclude<Action, Case | { kind: 'kill' | 'remakeRecord' }>;

async function doAtOnce(stage: Stage, action: AtOnce): Promise<void> {
  const { api, adminUrl, interruptions } = stage;
  const admin = createPatientApi(adminUrl);
  if (action.kind === 'expire') {
    const { now } = await admin.get<Clock>('/admin/clock');
    await admin.put('/admin/clock', { now: now + halfHour, running: true });
    return;
  }
  const tenant = stage.tenants[action.world] as ChaosTenant;
  const world = `/admin/worlds/${tenant.name}`;
  const sync = (object: SyncObject): string => `/v1/tenants/${tenant.id}/syncs/${object}`;
  const clear = (): Promise<void> => {
    stage.cleared.push({ world: action.world, at: Date.now() });
    return clearFaults(tenant);
  };
  const interrupt = (): void => void interruptions.push({ world: action.world, at: Date.now() });
  switch (action.kind) {
    case 'edit':
      return edit(stage, action.world, action.seed, action.records);
    case 'fault':
      await admin.post(`${world}/faults`, action.fault);
      return;
    case 'clearFaults':
      return clear();
    case 'pause':
    case 'resume':
      interrupt();
      await ifPossible(api.post(`${sync(action.object)}/${action.kind}`));
      interrupt();
      return;
    case 'cancel': {
      const { runs } = await api.get<{ runs: { id: string }[] }>(
        `/v1/tenants/${tenant.id}/runs?object=${action.object}&limit=1`,
      );
      interrupt();
      if (runs[0]) await ifPossible(api.post(`/v1/tenants/${tenant.id}/runs/${runs[0].id}/cancel`));
      interrupt();
      return;
    }
    case 'remap':
      return remap(stage, action.world, action.object, action.seed);
    case 'revoke':
      interrupt();
      await admin.post(`${world}/faults`, { vendor: action.vendor, kind: 'revoked', count: 1 });
      return;
    case 'reconnect':
      interrupt();
      await clear();
      await stage.locks.alone(tenantLock(action.world), () => ifPossible(reconnect(api, tenant)));
      interrupt();
      return;
    case 'exchangeKeys':
      return exchangeKeys(stage, action.world, action.object, action.seed);
    case 'giveKey':
      return giveKey(stage, action.world, action.object, action.seed);
    case 'renameInPendo':
      return renameInPendo(stage, action.world, action.object, action.seed);
    case 'deleteField':
      return deleteField(stage, action.world, action);
    default:
      action satisfies never;
  }
}

function edit({ tenants, models, locks }: Stage, n: number, seed: number, records: number): Promise<void> {
  const tenant = tenants[n] as ChaosTenant;
  const model = models[n] as Model;
  return locks.alone(tenantLock(n), async () => {
    const { admin, connected } = tenant;
    const changes = makeChanges(tenant, await model.look(), seed, records);
    for (const place of changes.overwritten) model.overwritten.add(place);
    model.losses.push(...changes.losses);
    for (const type of ['contacts', 'companies'] as const) {
      if (changes.crm[type].length === 0) continue;
      await admin.patch(`/admin/worlds/${connected.hubspot.world}/${type}`, changes.crm[type]);
      await model.look();
    }
    for (const list of ['visitors', 'accounts'] as const) {
      if (changes[list].length === 0) continue;
      await admin.patch(`/admin/worlds/${connected.pendo.world}/${list}`, changes[list]);
      await model.look();
    }
    // One at a time, each seen by the model: a run may read between any two.
    for (const event of changes.events) {
      await admin.post(`/admin/worlds/${connected.pendo.world}/events`, [event]);
      await model.look();
    }
  });
}

async function remap(stage: Stage, n: number, object: SyncObject, seed: number): Promise<void> {
  const { api, tenants, locks } = stage;
  const tenant = tenants[n] as ChaosTenant;
  const dice = random(seed, 'remap');
  const { pull = [], push = [], ...rest } = tenant.full[object];
  const some = <T>(all: T[]): T[] => (dice.chance(0.4) ? all : all.filter(() => dice.chance(0.8)));
  const config = { ...rest, pull: some(pull), push: some(push) };
  const done = await locks.alone(tenantLock(n), () =>
    ifPossible(
      api
        .put<{ config: SyncConfig }>(`/v1/tenants/${tenant.id}/syncs/${object}`, {
          ...config,
          // Another action may have another one in use.
          joinKey: tenant.configs[object].joinKey,
        })
        .then((sync) => {
          tenant.configs[object] = sync.config;
        }),
    ),
  );
  // Refused because a vendor was failing just then; some other time.
  if (!done) await sleep(50);
}
