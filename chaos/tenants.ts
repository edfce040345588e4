/** The tenants of a round: each of another kind. */
import type { Api } from '../demo/api.ts';
import { createTenant, type DemoTenant } from '../demo/tenant.ts';
import type { SyncConfigInput, SyncObject } from '../src/sync/config.ts';
import { slowness } from './faults.ts';
import { logIn } from './log-in.ts';
import type { Servers } from './servers.ts';

export interface ChaosTenant extends DemoTenant {
  name: string;
  objects: readonly SyncObject[];
  /** The whole mapping, which edits of it come from. */
  full: Record<SyncObject, SyncConfigInput>;
  /** HubSpot is connected by login, instead of by token. */
  byLogin?: boolean | undefined;
}

interface Kind {
  objects: readonly SyncObject[];
  byLogin?: boolean;
  records: { contacts: number; companies: number; visitors: number; accounts: number };
  config?: Partial<Record<SyncObject, Partial<SyncConfigInput>>>;
}

/**
 * The first two have one sync each, so that a request to the vendors tells whose run goes on. The third has a login with two runs
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

export async function createTenants(servers: Servers, api: Api, seed: number): Promise<ChaosTenant[]> {
  const tenants: ChaosTenant[] = [];
  for (const [n, kind] of kinds.entries()) {
    const name = `chaos-${n}`;
    const tenant = await createTenant(
      { api, sandbox: servers.sandbox },
      {
        world: { world: name, seed: seed * 10 + n, ...kind.records, activityDays: 40, tame: true },
        ...(kind.config === undefined ? {} : { config: kind.config }),
        ...(kind.byLogin ? { connectHubSpot: (id, world) => logIn(api, id, world) } : {}),
      },
    );
    // What is asked for at a login is what the configured syncs need.
    if (kind.byLogin) await logIn(api, tenant.id, tenant.world);
    for (const fault of slowness) await tenant.admin.post(`/admin/worlds/${name}/faults`, fault);
    tenants.push({
      ...tenant,
      name,
      objects: kind.objects,
      full: structuredClone(tenant.configs),
      byLogin: kind.byLogin,
    });
  }
  return tenants;
}

/** Connects both sides again and resumes what is paused, as a person does who is told to. */
export async function mend(api: Api, tenant: ChaosTenant): Promise<void> {
  const { world } = tenant;
  await api.put(`/v1/tenants/${tenant.id}/connections/pendo`, { key: world.pendoKey, zone: world.zone });
  if (tenant.byLogin) await logIn(api, tenant.id, world);
  else await api.put(`/v1/tenants/${tenant.id}/connections/hubspot`, { token: world.hubspotToken });
  for (const object of tenant.objects) await api.post(`/v1/tenants/${tenant.id}/syncs/${object}/resume`);
}
