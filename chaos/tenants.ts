/** The tenants of a round: each of another kind. */
import type { Api } from '../demo/api.ts';
import { createTenant, type DemoTenant } from '../demo/tenant.ts';
import { snapshot } from '../oracle/index.ts';
import type { World } from '../sandbox/contract.ts';
import type { SyncConfigInput, SyncObject } from '../src/sync/config.ts';
import { slowness } from './faults.ts';
import { logIn } from './log-in.ts';
import { createPatientApi } from './patient-api.ts';
import type { PlannedWorld } from './plan.ts';
import type { Servers } from './servers.ts';

export interface ChaosTenant extends DemoTenant {
  name: string;
  objects: readonly SyncObject[];
  /** The whole mapping, which edits of it come from. */
  full: Record<SyncObject, SyncConfigInput>;
  /** HubSpot is connected by login, instead of by token. */
  byLogin?: boolean | undefined;
  /** A portal and a subscription of other people's, in which the same keys are in use. */
  other: World;
  /** Whose portal and whose subscription it is connected to now. */
  connected: { hubspot: World; pendo: World };
  /** Since when, and until when, it may write where. */
  stays: Stay[];
}

export interface Stay {
  vendor: 'hubspot' | 'pendo';
  world: string;
  from: number;
  until: number;
}

interface Kind {
  objects: readonly SyncObject[];
  byLogin?: boolean;
  records: { contacts: number; companies: number; visitors: number; accounts: number };
  config?: Partial<Record<SyncObject, Partial<SyncConfigInput>>>;
}

/**
 * The first two have one sync each, so that a request to the vendors shows whose run goes on. The third has a login with two runs
 * that share its tokens.
 */
export const kinds: readonly Kind[] = [
  { objects: ['visitor'], byLogin: true, records: { contacts: 160, companies: 5, visitors: 160, accounts: 5 } },
  { objects: ['account'], records: { contacts: 20, companies: 120, visitors: 60, accounts: 120 } },
  {
    objects: ['visitor', 'account'],
    byLogin: true,
    records: { contacts: 120, companies: 60, visitors: 120, accounts: 60 },
    config: { visitor: { create: 'hubspot' }, account: { create: 'pendo' } },
  },
  {
    objects: ['visitor'],
    records: { contacts: 110, companies: 5, visitors: 110, accounts: 5 },
    config: { visitor: { onLostMatch: 'clear', keyFolding: 'fold' } },
  },
];

/** The count guard wants a hundred on a side. */
const countedFrom = 100;

export function plannedWorlds(): PlannedWorld[] {
  return kinds.map(({ objects, records, config = {} }) => ({
    objects,
    creating: objects.filter((object) => (config[object]?.create ?? 'none') !== 'none'),
    creates: Object.fromEntries(objects.map((object) => [object, config[object]?.create ?? 'none'])),
    counted: objects.filter((object) => (object === 'visitor' ? records.contacts : records.companies) > countedFrom),
  }));
}

export async function createTenants(servers: Servers, api: Api, seed: number): Promise<ChaosTenant[]> {
  const tenants: ChaosTenant[] = [];
  for (const [n, kind] of kinds.entries()) {
    const name = `chaos-${n}`;
    const tenant = await createTenant(
      { api, sandbox: servers.sandbox },
      {
        everySource: true,
        world: { world: name, seed: seed * 10 + n, ...kind.records, activityDays: 40, tame: true },
        ...(kind.config === undefined ? {} : { config: kind.config }),
        ...(kind.byLogin ? { connectHubSpot: (id, world) => logIn(api, id, world) } : {}),
      },
    );
    // What is asked for at a login is what the configured syncs need.
    if (kind.byLogin) await logIn(api, tenant.id, tenant.world);
    const other = await createOther(tenant, { ...kind.records, seed: seed * 10 + n + 5 }, servers.sandbox.adminUrl);
    for (const world of [tenant.world, other]) await slowDown(tenant, world);
    tenants.push({
      ...tenant,
      // A sandbox that is busy may drop a connection.
      admin: createPatientApi(servers.sandbox.adminUrl),
      name,
      objects: kind.objects,
      full: structuredClone(tenant.configs),
      byLogin: kind.byLogin,
      other,
      connected: { hubspot: tenant.world, pendo: tenant.world },
      stays: (['hubspot', 'pendo'] as const).map((vendor) => ({
        vendor,
        world: tenant.world.world,
        from: 0,
        until: Number.POSITIVE_INFINITY,
      })),
    });
  }
  return tenants;
}

async function slowDown({ admin }: Pick<DemoTenant, 'admin'>, { world }: World): Promise<void> {
  for (const fault of slowness) await admin.post(`/admin/worlds/${world}/faults`, fault);
}

/** Faults off, apart from what makes every run long enough to be hit. */
export async function clearFaults(tenant: ChaosTenant): Promise<void> {
  await tenant.admin.delete(`/admin/worlds/${tenant.name}/faults`);
  await slowDown(tenant, tenant.world);
}

/** Other people under the keys of these, so that whoever takes one account for the other would write to them. */
async function createOther(
  { admin, world }: DemoTenant,
  request: Kind['records'] & { seed: number },
  adminUrl: string,
): Promise<World> {
  const name = `${world.world}-other`;
  const other = await admin.post<World>('/admin/worlds', { world: name, ...request, activityDays: 20, tame: true });
  const [here, there] = [await snapshot(adminUrl, world.world), await snapshot(adminUrl, name)];
  for (const [type, join] of [
    ['contacts', world.joinKeys.visitor],
    ['companies', world.joinKeys.account],
  ] as const) {
    const edits = there[type].map(({ id }, n) => ({
      id,
      properties: { [join]: here[type][n]?.properties[join] ?? null },
    }));
    await admin.patch(`/admin/worlds/${name}/${type}`, edits);
  }
  for (const list of ['visitors', 'accounts'] as const) {
    const seen = there[list].map(({ metadata }) => metadata.auto?.lastvisit);
    const edits = [
      ...there[list].map(({ id }) => ({ id, deleted: true })),
      ...here[list].map(({ id }, n) => ({ id, metadata: { auto: { lastvisit: seen[n % seen.length] } } })),
    ];
    await admin.patch(`/admin/worlds/${name}/${list}`, edits);
  }
  return other;
}

/** Connects both sides again and resumes what is paused, as a person does who is asked to. */
export async function reconnect(api: Api, tenant: ChaosTenant): Promise<void> {
  await connectPendo(api, tenant, tenant.connected.pendo);
  await connectHubSpot(api, tenant, tenant.connected.hubspot);
  for (const object of tenant.objects) await api.post(`/v1/tenants/${tenant.id}/syncs/${object}/resume`);
}

export interface Swap {
  /** Confirms that this is another account. */
  confirmed?: boolean;
}

export async function connectPendo(
  api: Api,
  tenant: ChaosTenant,
  world: World,
  { confirmed }: Swap = {},
): Promise<void> {
  await api.put(`/v1/tenants/${tenant.id}/connections/pendo`, {
    key: world.pendoKey,
    zone: world.zone,
    ...(confirmed ? { allowSubscriptionSwap: true } : {}),
  });
}

export async function connectHubSpot(
  api: Api,
  tenant: ChaosTenant,
  world: World,
  { confirmed }: Swap = {},
): Promise<void> {
  const swap = confirmed ? { allowPortalSwap: true } : {};
  if (tenant.byLogin) await logIn(api, tenant.id, world, swap);
  else await api.put(`/v1/tenants/${tenant.id}/connections/hubspot`, { token: world.hubspotToken, ...swap });
}
