/** Connections and join keys that stand for something else for a while, and are put back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiRefusal } from '../demo/api.ts';
import { expect, expectedWrites, type Truth } from '../oracle/index.ts';
import type { SyncConfig, SyncObject } from '../src/sync/config.ts';
import { lies } from './faults.ts';
import { crmOf } from './lists.ts';
import { syncLock, tenantLock } from './locks.ts';
import { OtherPortal } from './log-in.ts';
import { cell, type Model, placeOf, setupNow } from './model.ts';
import { ifPossible, refusalOf } from './patient-api.ts';
import { activeRun, goodFullRun, waitForSync } from './runs.ts';
import { count, type Stage, unproved } from './stage.ts';
import { type ChaosTenant, connectHubSpot, connectPendo } from './tenants.ts';
import { readCalls } from './vendor-log.ts';

type Vendor = 'hubspot' | 'pendo';

/** How long a run may take that still uses the other join key. */
const patienceMs = 90_000;

/** The tenant moves to another portal or subscription, works there for a run or more, and moves back. */
export async function swapAccount(stage: Stage, n: number, vendor: Vendor): Promise<void> {
  const tenant = stage.tenants[n] as ChaosTenant;
  const home = tenant.world;
  if (tenant.connected[vendor].world !== home.world) return count(stage, `swap ${vendor}: swapped already`);
  await requireRefusal(stage, n, vendor);
  if (!(await move(stage, n, vendor, tenant.other))) return count(stage, `swap ${vendor}: not possible`);
  const [object] = tenant.objects as [SyncObject];
  const worked = await stage.locks.alone(syncLock(n, object), () => workThere(stage, n, object));
  // It has to come home, however long that takes: the last runs are judged there.
  while (!(await move(stage, n, vendor, home))) await sleep(500);
  count(stage, `swap ${vendor}: ${worked ? 'worked there and came back' : 'came back'}`);
}

/** A full run in the other account, which leaves there what the oracle wants, as if nothing had been sent anywhere before. */
async function workThere(stage: Stage, n: number, object: SyncObject): Promise<boolean> {
  const tenant = stage.tenants[n] as ChaosTenant;
  const model = stage.models[n] as Model;
  const [since, config] = [Date.now(), tenant.configs[object]];
  const before = await stage.locks.alone(tenantLock(n), () => model.look());
  const run = await goodFullRun(stage, tenant, object);
  if (run === undefined) return false;
  const after = await stage.locks.alone(tenantLock(n), () => model.look());
  const refused = Object.values(run.counts.legs ?? {}).some(({ rejected = 0 }) => rejected > 0);
  if (refused || tenant.configs[object] !== config || (await wereLies(stage, tenant, since))) {
    count(stage, 'swap: worked there, not compared');
    return true;
  }
  const owed = (truth: Truth) =>
    expectedWrites(expect(truth, setupNow(tenant, object, config, Date.parse(run.asOf ?? ''))));
  const mark = (one: ReturnType<typeof owed>[number]) => JSON.stringify([one.side, one.id, one.field, one.expected]);
  // What people changed meanwhile is the next run's.
  const known = new Set(owed(before).map(mark));
  const left = owed(after)
    .filter((one) => known.has(mark(one)) && !isTheirs(tenant, model, object, one))
    .filter((one) => !wasAway(model, object, since, namesOf(after, tenant, object, one)));
  count(stage, 'swap: worked there and compared');
  for (const { side, id, field, expected, actual } of left) {
    stage.findings.push({
      what: 'lost',
      world: tenant.connected[side].world,
      detail: `${side} ${object} ${id} ${field}: run ${run.id} after the swap left ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`,
    });
  }
  return true;
}

/** Overwritten or deleted by a person before it was read back: it is repaired when the settle time is over. */
function isTheirs(
  { connected }: ChaosTenant,
  model: Model,
  object: SyncObject,
  { side, id, field }: { side: Vendor; id: string; field: string },
): boolean {
  const place = placeOf(side, connected[side].world);
  return (
    model.overwritten.has(cell(object, place, id, field)) ||
    model.losses.some(
      (loss) => loss.object === object && loss.place === place && (loss.id === id || loss.field === field),
    )
  );
}

/** A record that is deleted and made anew may be away just when the run reads: then nobody matched. */
function wasAway({ losses }: Model, object: SyncObject, since: number, names: readonly string[]): boolean {
  return losses.some(({ id, at, ...loss }) => loss.object === object && at >= since && id && names.includes(id));
}

/** The ids of a record and of its partner. */
function namesOf(
  truth: Truth,
  tenant: ChaosTenant,
  object: SyncObject,
  { side, id }: { side: Vendor; id: string },
): string[] {
  const join = tenant.full[object].joinKey.property;
  const isMeant = (one: Truth['contacts'][number]): boolean =>
    side === 'hubspot' ? one.id === id : one.properties[join] === id;
  return truth[crmOf[object]].filter(isMeant).flatMap((one) => [one.id, one.properties[join] ?? one.id]);
}

async function wereLies(stage: Stage, tenant: ChaosTenant, since: number): Promise<boolean> {
  const calls = await readCalls(stage.adminUrl, tenant);
  return calls.some(({ at, fault }) => at >= since && fault !== undefined && lies.has(fault));
}

export async function move(stage: Stage, n: number, vendor: Vendor, to: ChaosTenant['world']): Promise<boolean> {
  const tenant = stage.tenants[n] as ChaosTenant;
  const model = stage.models[n] as Model;
  const connect = vendor === 'hubspot' ? connectHubSpot : connectPendo;
  return stage.locks.alone(tenantLock(n), async () => {
    await model.look();
    const stay = { vendor, world: to.world, from: Date.now(), until: Number.POSITIVE_INFINITY };
    stage.interruptions.push({ world: n, at: stay.from });
    // From the first attempt on: its answer may be lost when it has been done.
    tenant.stays.push(stay);
    const moved = await ifPossible(connect(stage.api, tenant, to, { confirmed: true }));
    stage.interruptions.push({ world: n, at: Date.now() });
    if (!moved) {
      stay.until = Date.now();
      return false;
    }
    for (const other of tenant.stays) {
      if (other.vendor === vendor && other !== stay) other.until = Math.min(other.until, Date.now());
    }
    tenant.connected = { ...tenant.connected, [vendor]: to };
    await model.look();
    return true;
  });
}

/** Nobody moves by accident. */
export async function requireRefusal(stage: Stage, n: number, vendor: Vendor): Promise<void> {
  const tenant = stage.tenants[n] as ChaosTenant;
  const connect = vendor === 'hubspot' ? connectHubSpot : connectPendo;
  const refusal = await stage.locks.alone(tenantLock(n), () =>
    connect(stage.api, tenant, tenant.other).then(
      () => undefined,
      (error: unknown) => error as Error,
    ),
  );
  const code = refusal instanceof OtherPortal ? 'PORTAL_SWAP' : refusal instanceof ApiRefusal ? refusal.code : '';
  if (code === 'PORTAL_SWAP' || code === 'SUBSCRIPTION_SWAP')
    return count(stage, `swap ${vendor}: refused unconfirmed`);
  if (refusal !== undefined) return;
  stage.findings.push({
    what: 'foreign',
    world: tenant.name,
    detail: `${vendor} was moved to another account without a confirmation`,
  });
}

/** Another property names other people for a while. */
export async function swapJoinKey(stage: Stage, n: number, object: SyncObject): Promise<void> {
  const tenant = stage.tenants[n] as ChaosTenant;
  const model = stage.models[n] as Model;
  const property = 'city';
  const usual = tenant.full[object].joinKey.property;
  const put = (joinKey: string): Promise<ApiRefusal | undefined> =>
    stage.locks.alone(tenantLock(n), () =>
      refusalOf(
        stage.api
          .put<{ config: SyncConfig }>(`/v1/tenants/${tenant.id}/syncs/${object}`, {
            ...tenant.configs[object],
            joinKey: { property: joinKey },
          })
          .then((sync) => {
            tenant.configs[object] = sync.config;
          }),
      ),
    );
  const type = object === 'visitor' ? 'contacts' : 'companies';
  await stage.locks.alone(tenantLock(n), async () => {
    const truth = await model.look();
    const live = truth[type].filter((one) => !one.archived && one.mergedInto === undefined);
    const edits = live.map(({ id }, i) => ({
      id,
      properties: { [property]: live[(i + 1) % live.length]?.properties[usual] ?? null },
    }));
    await tenant.admin.patch(`/admin/worlds/${tenant.connected.hubspot.world}/${type}`, edits);
    model.otherJoins.set(object, property);
    await model.look();
  });
  const refusal = await put(property);
  if (refusal !== undefined) {
    model.otherJoins.delete(object);
    return unproved(stage, tenant.name, `swap join key: not possible: ${refusal.message}`);
  }
  const worked = await stage.locks.alone(syncLock(n, object), () => goodFullRun(stage, tenant, object));
  while ((await put(usual)) !== undefined) await sleep(500);
  // A run keeps the configuration that it was opened with, so this one may still use the other key.
  await stage.locks.alone(syncLock(n, object), async () => {
    await waitForSync(patienceMs, async () => (await activeRun(stage, tenant, object)) === undefined);
  });
  model.otherJoins.delete(object);
  await model.look();
  if (worked) count(stage, 'swap join key: worked with it and put back');
  else unproved(stage, tenant.name, 'swap join key: put back');
}
