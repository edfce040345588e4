/** A tenant of the sandbox: connected, and mapped with every kind of pull property and every push field without a source. */
import type { World, WorldRequest } from '../sandbox/contract.ts';
import {
  type PendoSettings,
  type SyncConfig,
  type SyncConfigInput,
  type SyncObject,
  syncObjects,
} from '../src/sync/config.ts';
import { pushMetrics } from '../src/sync/push-mapping.ts';
import { type Api, createApi } from './api.ts';
import { oneOfEachItem } from './event-entries.ts';
import { oneOfEachSource } from './push-sources.ts';
import type { Stack } from './stack.ts';

export interface DemoTenant {
  id: string;
  world: World;
  admin: Api;
  /** As stored, with every default. */
  configs: Record<SyncObject, SyncConfig>;
}

export interface TenantOptions {
  world: WorldRequest;
  /** Laid over the full mapping of an object. */
  config?: Partial<Record<SyncObject, Partial<SyncConfigInput>>>;
  /** Also one push field of each kind that names a source. */
  everySource?: boolean;
  /** Also a page, a feature and a track type as custom events. */
  everyEvent?: boolean;
  pendo?: Partial<Pick<PendoSettings, 'clear' | 'activity'>>;
  /** Connects HubSpot in another way than by the world's token. */
  connectHubSpot?: ((tenantId: string, world: World) => Promise<void>) | undefined;
}

interface CatalogueProperty {
  name: string;
  type: string;
  fieldType: string;
  groupName?: string;
  mappable?: boolean;
}

export async function createTenant(stack: Pick<Stack, 'api' | 'sandbox'>, options: TenantOptions): Promise<DemoTenant> {
  const { api, sandbox } = stack;
  const admin = createApi(sandbox.adminUrl);
  const world = await admin.post<World>('/admin/worlds', options.world);
  const { id } = await api.post<{ id: string }>('/v1/tenants', {
    name: options.world.world,
    externalId: options.world.world,
  });
  await api.put(`/v1/tenants/${id}/connections/pendo`, {
    key: world.pendoKey,
    zone: world.zone,
    region: options.world.region ?? 'us',
    ...options.pendo,
  });
  if (options.connectHubSpot) await options.connectHubSpot(id, world);
  else await api.put(`/v1/tenants/${id}/connections/hubspot`, { token: world.hubspotToken });
  const configs = {} as Record<SyncObject, SyncConfig>;
  for (const object of syncObjects) {
    const config = { ...(await fullMapping(api, id, world, object)), ...options.config?.[object] };
    if (options.everySource) config.push = [...(config.push ?? []), ...(await oneOfEachSource(api, id, object))];
    if (options.everyEvent) config.events = await oneOfEachItem(api, id);
    const sync = await api.put<{ config: SyncConfig }>(`/v1/tenants/${id}/syncs/${object}`, config);
    configs[object] = sync.config;
  }
  return { id, world, admin, configs };
}

/** One property of every type and field type that there is, and every push field that the object has. */
async function fullMapping(api: Api, tenant: string, world: World, object: SyncObject): Promise<SyncConfigInput> {
  const { properties } = await api.get<{ properties: CatalogueProperty[] }>(
    `/v1/tenants/${tenant}/catalogue/${object}/hubspot-properties`,
  );
  const kinds = new Map<string, string>();
  for (const { name, type, fieldType } of properties) {
    if (type === 'json' || type === 'object_coordinates' || name.startsWith('pendo_') || name.startsWith('hs_'))
      continue;
    // Bookkeeping that every write moves is no field to map in a demonstration of unchanged days.
    if (/modified|createdate/.test(name)) continue;
    const kind = `${type}/${fieldType}`;
    if (!kinds.has(kind)) kinds.set(kind, name);
  }
  return {
    joinKey: { property: world.joinKeys[object] },
    pull: [...kinds.values()].map((property) => ({ property })),
    push: pushMetrics
      .filter((metric) => object === 'account' || metric !== 'totalVisitors')
      .map((metric) => ({ metric })),
  };
}
