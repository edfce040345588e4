/** Keys that change hands, and records that are made anew under the key of an earlier one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Truth } from '../oracle/index.ts';
import type { CrmEdit, CrmType, RawCrmRecord } from '../sandbox/contract.ts';
import { type Random, random } from '../sandbox/world/random.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { crmOf, listOf } from './lists.ts';
import { tenantLock } from './locks.ts';
import { type Model, placeOf } from './model.ts';
import { count, type Stage } from './stage.ts';
import type { ChaosTenant } from './tenants.ts';

interface Place {
  stage: Stage;
  n: number;
  object: SyncObject;
  tenant: ChaosTenant;
  model: Model;
  dice: Random;
  type: CrmType;
  join: string;
}

function placeAt(stage: Stage, n: number, object: SyncObject, seed: number): Place {
  const tenant = stage.tenants[n] as ChaosTenant;
  const join = tenant.full[object].joinKey.property;
  const dice = random(seed, 'identities');
  return { stage, n, object, tenant, model: stage.models[n] as Model, dice, type: crmOf[object], join };
}

/** Two of the live records that have a partner's key. */
function twoMatched({ object, dice, type, join }: Place, truth: Truth): [RawCrmRecord, RawCrmRecord] | undefined {
  const ids = new Set(truth[listOf[object]].map(({ id }) => id));
  const live = truth[type].filter(
    (one) => !one.archived && one.mergedInto === undefined && ids.has(one.properties[join] ?? ''),
  );
  if (live.length < 2) return undefined;
  const one = dice.pick(live);
  const other = dice.pick(live.filter(({ id }) => id !== one.id));
  return [one, other];
}

/** Two contacts or companies exchange their keys. */
export function exchangeKeys(stage: Stage, n: number, object: SyncObject, seed: number): Promise<void> {
  return rekeyTwo(placeAt(stage, n, object, seed), (_, other) => other, `exchanged keys: ${object}`);
}

/** One gives its key to another, and takes a new one. */
export function giveKey(stage: Stage, n: number, object: SyncObject, seed: number): Promise<void> {
  const moved = () => `moved-${seed}@northwind.example`;
  return rekeyTwo(placeAt(stage, n, object, seed), moved, `gave its key away: ${object}`);
}

/** The second of two records takes the key of the first, which takes another. */
async function rekeyTwo(place: Place, anotherKey: (own: string, other: string) => string, said: string): Promise<void> {
  await inTurn(place, async (truth) => {
    const two = twoMatched(place, truth);
    if (two === undefined) return;
    const [one, other] = two;
    const [own, others] = [one.properties[place.join] as string, other.properties[place.join] as string];
    await rekey(place, truth, [
      [one.id, anotherKey(own, others)],
      [other.id, own],
    ]);
    count(place.stage, said);
  });
}

/** Pendo has no renaming: the old id is deleted, the new one made. The contact or company follows now and then. */
export async function renameInPendo(
  stage: Stage,
  n: number,
  object: SyncObject,
  seed: number,
  followed = 0.6,
): Promise<void> {
  const place = placeAt(stage, n, object, seed);
  const { tenant, model, dice, type, join } = place;
  await inTurn(place, async (truth) => {
    const list = listOf[object];
    const isLive = ({ archived, mergedInto }: RawCrmRecord): boolean => !archived && mergedInto === undefined;
    const keys = truth[type].filter(isLive).map(({ properties }) => properties[join]);
    const isMatched = (id: string): boolean => keys.filter((key) => key === id).length === 1;
    const record = dice.pick(
      truth[list].filter(({ id }) => !id.startsWith('_PENDO_T_') && (followed < 1 || isMatched(id))),
    );
    const id = `renamed-in-pendo-${seed}@northwind.example`;
    const world = tenant.connected.pendo.world;
    model.losses.push({ at: Date.now(), object, place: placeOf('pendo', world), id: record.id });
    await tenant.admin.patch(`/admin/worlds/${world}/${list}`, [
      { id: record.id, deleted: true },
      { id, metadata: { auto: record.metadata.auto ?? {} } },
    ]);
    const known = truth[type].find((one) => isLive(one) && one.properties[join] === record.id);
    if (known !== undefined && dice.chance(followed)) await rekey(place, await model.look(), [[known.id, id]]);
    count(stage, `renamed in Pendo: ${object}`);
  });
}

/** Deleted, and made anew under the same key a moment later, by somebody who does not know of Crosswalk. */
export async function remakeRecord(
  stage: Stage,
  n: number,
  { object, side, seed, pauseMs }: { object: SyncObject; side: 'hubspot' | 'pendo'; seed: number; pauseMs: number },
): Promise<void> {
  const place = placeAt(stage, n, object, seed);
  const { tenant, model, type, join } = place;
  const list = listOf[object];
  const { hubspot, pendo } = tenant.connected;
  const chosen = await inTurn(place, async (truth) => {
    const two = twoMatched(place, truth);
    if (two === undefined) return undefined;
    const contact = two[0];
    const record = truth[list].find(({ id }) => id === contact.properties[join]);
    if (side === 'hubspot') {
      await tenant.admin.patch(`/admin/worlds/${hubspot.world}/${type}`, [{ id: contact.id, archived: true }]);
    } else {
      const id = record?.id as string;
      model.losses.push({ at: Date.now(), object, place: placeOf('pendo', pendo.world), id });
      await tenant.admin.patch(`/admin/worlds/${pendo.world}/${list}`, [{ id, deleted: true }]);
    }
    return { contact, record };
  });
  if (chosen === undefined) return;
  await sleep(pauseMs);
  await inTurn(place, async (truth) => {
    if (tenant.connected[side] !== (side === 'hubspot' ? hubspot : pendo)) return;
    if (side === 'hubspot') {
      const key = chosen.contact.properties[join] as string;
      // Crosswalk may have made it, where it may: then HubSpot takes no other.
      if (truth[type].some((one) => !one.archived && one.properties[join] === key)) return;
      const kept = Object.entries(chosen.contact.properties).filter(([name]) => !/^(pendo_|hs_|createdate)/.test(name));
      const properties = { ...Object.fromEntries(kept), [join]: key };
      await tenant.admin.patch(`/admin/worlds/${hubspot.world}/${type}`, [{ properties }]);
    } else {
      const { id, metadata } = chosen.record as NonNullable<typeof chosen.record>;
      await tenant.admin.patch(`/admin/worlds/${pendo.world}/${list}`, [
        { id, metadata: { auto: metadata.auto ?? {} } },
      ]);
    }
    count(stage, `made anew: ${side} ${object}`);
  });
}

/** Nobody moves the tenant meanwhile, and the model sees the state before and after. */
function inTurn<T>({ stage, n, model }: Place, work: (truth: Truth) => Promise<T>): Promise<T> {
  return stage.locks.alone(tenantLock(n), async () => {
    const done = await work(await model.look());
    await model.look();
    return done;
  });
}

/** A run may read some of the records before and some after. */
async function rekey({ tenant, model, type, join }: Place, before: Truth, keys: [string, string][]): Promise<void> {
  const edits = keys.map(([id, key]): CrmEdit & { id: string } => ({ id, properties: { [join]: key } }));
  for (let some = 1; some < 2 ** edits.length - 1; some++) {
    const done = new Map(edits.filter((_, n) => some & (1 << n)).map(({ id, properties }) => [id, properties]));
    const records = before[type].map((one) => ({
      ...one,
      properties: { ...one.properties, ...(done.get(one.id) as Record<string, string>) },
    }));
    model.learnTorn({ ...before, [type]: records });
  }
  await tenant.admin.patch(`/admin/worlds/${tenant.connected.hubspot.world}/${type}`, edits);
}
