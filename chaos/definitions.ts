/** A field of ours is deleted at a vendor, with its values; the next run makes it anew and fills it. */
import type { RawPortal, RawSubscription } from '../sandbox/contract.ts';
import { random } from '../sandbox/world/random.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { tenantLock } from './locks.ts';
import { type Model, placeOf } from './model.ts';
import { count, type Stage } from './stage.ts';
import type { ChaosTenant } from './tenants.ts';

export async function deleteField(
  stage: Stage,
  n: number,
  { object, side, seed, among }: { object: SyncObject; side: 'hubspot' | 'pendo'; seed: number; among?: string[] },
): Promise<void> {
  const tenant = stage.tenants[n] as ChaosTenant;
  const model = stage.models[n] as Model;
  const remove = side === 'hubspot' ? deleteProperty : deletePendoField;
  await stage.locks.alone(tenantLock(n), async () => {
    await model.look();
    const at = Date.now();
    const field = await remove({ tenant, model, object, seed, among });
    if (field !== undefined) {
      model.losses.push({ at, object, place: placeOf(side, tenant.connected[side].world), field });
      count(stage, `field deleted: ${side} ${object}`);
    }
    await model.look();
  });
}

interface Removal {
  tenant: ChaosTenant;
  model: Model;
  object: SyncObject;
  seed: number;
  /** One of these. */
  among?: string[] | undefined;
}

/** @returns the name of the field */
type Remove = (removal: Removal) => Promise<string | undefined>;

const deleteProperty: Remove = async ({ tenant, model, object, seed, among }) => {
  const type = object === 'visitor' ? 'contacts' : 'companies';
  const world = `/admin/worlds/${tenant.connected.hubspot.world}`;
  const { properties } = await tenant.admin.get<RawPortal>(`${world}/portal`);
  const ours = properties[type].filter(({ name, archived }) => name.startsWith('pendo_') && !archived);
  const mine = ours.filter(
    ({ name }) => name !== tenant.full[object].joinKey.property && (among?.includes(name) ?? true),
  );
  if (mine.length === 0) return undefined;
  const { name } = random(seed, 'property').pick(mine);
  const archived = properties[type].map((one) => (one.name === name ? { ...one, archived: true } : one));
  await tenant.admin.patch(`${world}/portal`, { properties: { ...properties, [type]: archived } });
  const held = model.truth[type].filter((one) => one.properties[name] !== undefined);
  await tenant.admin.patch(
    `${world}/${type}`,
    held.map(({ id }) => ({ id, properties: { [name]: null } })),
  );
  return name;
};

const deletePendoField: Remove = async ({ tenant, model, object, seed, among }) => {
  const list = object === 'visitor' ? 'visitors' : 'accounts';
  const world = `/admin/worlds/${tenant.connected.pendo.world}`;
  const group = tenant.configs[object].pendoGroup;
  const { schema } = await tenant.admin.get<RawSubscription>(`${world}/subscription`);
  const fields = schema[object][group] ?? {};
  const ours = Object.keys(fields).filter(
    (name) => name.startsWith('hubspot_') && !fields[name]?.isDeleted && (among?.includes(name) ?? true),
  );
  if (ours.length === 0) return undefined;
  const name = random(seed, 'field').pick(ours);
  fields[name] = { ...(fields[name] as NonNullable<(typeof fields)[string]>), isDeleted: true };
  await tenant.admin.patch(`${world}/subscription`, { schema });
  const held = model.truth[list].filter((one) => one.metadata[group]?.[name] !== undefined);
  await tenant.admin.patch(
    `${world}/${list}`,
    held.map(({ id }) => ({ id, metadata: { [group]: { [name]: null } } })),
  );
  return name;
};
