/** From a tenant's file to the API and back. */
import type { AlertTarget, ConnectionList, SyncList, Tenant, TenantPage } from './answers.ts';
import { type ApiClient, path, query } from './api-client.ts';
import { misuse } from './problem.ts';
import type { TenantFile } from './tenant-file/file.ts';
import { type CurrentState, type Difference, type PlanOptions, type PlanStep, planTenant } from './tenant-file/plan.ts';
import { named } from './tenant-file/variables.ts';

/** One step, as it is shown: without the credentials that it sends. */
export interface Applied {
  tenant: string;
  does: string;
  method: string;
  path: string;
  differences: Difference[];
  /** Of an alert target that was made: shown this once. */
  secret?: string;
}

export async function planFile(api: ApiClient, file: TenantFile, options: PlanOptions): Promise<Applied[]> {
  return planTenant(file, await readStanding(api, file), options).map((step) => shown(file, step));
}

/** @param begins called before each step, so that the one that is refused is known; `done` with what it alone answers. */
export async function applyTenant(
  api: ApiClient,
  file: TenantFile,
  options: PlanOptions,
  begins: (step: Applied) => void,
  done: (step: Applied) => void,
): Promise<void> {
  const standing = await readStanding(api, file);
  let id = standing.tenant?.id;
  for (const step of planTenant(file, standing, options)) {
    begins(shown(file, step));
    const at = step.path.replace('{tenant}', encodeURIComponent(id ?? ''));
    const answer = await api.call<{ id?: string; secret?: string } | undefined>(step.method, at, step.body);
    if (step.path === '/v1/tenants') id = answer?.id;
    done({ ...shown(file, step), ...(answer?.secret !== undefined && { secret: answer.secret }) });
  }
}

function shown({ tenant }: TenantFile, { does, method, path: at, differences }: PlanStep): Applied {
  return { tenant: tenant.externalId ?? tenant.id ?? '', does, method, path: at, differences };
}

/** @throws Problem where the file names a tenant by an id that is not there: such a one cannot be made. */
async function readStanding(api: ApiClient, { tenant: { externalId, id } }: TenantFile): Promise<CurrentState> {
  const found = (externalId && (await findByExternalId(api, externalId))) || (id && (await findById(api, id)));
  if (found) return readAll(api, found);
  if (externalId === undefined) {
    throw misuse(
      `tenant.id: there is no tenant ${id} here.`,
      'To make one from this file, give it an externalId and take the id out.',
    );
  }
  return { tenant: undefined, connections: [], syncs: [], alerts: undefined };
}

async function findByExternalId(api: ApiClient, externalId: string): Promise<Tenant | undefined> {
  const { tenants } = await api.get<TenantPage>(`/v1/tenants${query({ externalId })}`);
  if (tenants[0] !== undefined) return tenants[0];
  // Files of version 0.1.0 name a tenant without an external id by its id.
  const tenant = await findById(api, externalId);
  return tenant?.externalId === null ? tenant : undefined;
}

async function findById(api: ApiClient, id: string): Promise<Tenant | undefined> {
  return /^[\w-]{1,64}$/.test(id) ? api.find<Tenant>(path`/v1/tenants/${id}`) : undefined;
}

async function readAll(api: ApiClient, tenant: Tenant) {
  const base = path`/v1/tenants/${tenant.id}`;
  const [{ connections }, { syncs }, alerts] = await Promise.all([
    api.get<ConnectionList>(`${base}/connections`),
    api.get<SyncList>(`${base}/syncs`),
    api.find<AlertTarget>(`${base}/alerts/target`),
  ]);
  return { tenant, connections, syncs, alerts };
}

export async function exportTenant(api: ApiClient, id: string): Promise<unknown> {
  const { tenant, connections, syncs, alerts } = await readAll(api, await api.get<Tenant>(path`/v1/tenants/${id}`));
  const of = (vendor: string) => connections.find((row) => row.vendor === vendor && row.state !== 'disconnected');
  const [hubspot, pendo] = [of('hubspot'), of('pendo')];
  return {
    crosswalk: 1,
    tenant: {
      // Either finds this tenant again; only an external id makes one where there is none.
      ...(tenant.externalId === null ? { id: tenant.id } : { externalId: tenant.externalId }),
      name: tenant.name,
      state: tenant.state,
      settings: tenant.settings,
    },
    connections: {
      ...(hubspot && { hubspot: hubspot.kind === 'token' ? { token: named('HUBSPOT_TOKEN') } : {} }),
      ...(pendo && { pendo: { ...pendo.settings, key: named('PENDO_KEY') } }),
    },
    syncs: Object.fromEntries(syncs.map(({ object, state, config }) => [object, { state, config }])),
    ...(alerts?.url && {
      alerts: {
        url: alerts.url.includes('…') ? named('ALERT_URL') : alerts.url,
        ...(alerts.kind && { kind: alerts.kind }),
        enabled: alerts.enabled,
        quietHours: alerts.quietHours,
      },
    }),
  };
}
