/** From what a file says and what there is, to the steps between them. Pure; no steps where nothing differs. */
import { addressFingerprint, maskAddress } from '../../control/alerts/address.ts';
import { type SyncConfig, type SyncObject, syncConfigSchema, syncObjects } from '../../sync/config.ts';
import { resolvedConfig } from '../../sync/resolved-config.ts';
import type { TenantFile } from './file.ts';

/** What there is, as the API shows it. */
export interface CurrentState {
  tenant: { id: string; name: string; state: string; settings: Record<string, unknown> } | undefined;
  connections: { vendor: string; kind: string; state: string; settings: Record<string, unknown> }[];
  syncs: { object: string; state: string; config: unknown }[];
  alerts:
    | { url: string | null; fingerprint: string | null; enabled: boolean; quietHours: number; kind: string | null }
    | undefined;
}

export interface Difference {
  /** e.g. `syncs.visitor.config.window`. */
  path: string;
  from: unknown;
  to: unknown;
}

export interface PlanStep {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{tenant}` stands for the tenant's id. */
  path: string;
  body?: unknown;
  /** For a person. */
  does: string;
  differences: Difference[];
}

export interface PlanOptions {
  /** Send credentials again although a connection works: they cannot be compared. */
  credentials?: boolean;
}

const base = '/v1/tenants/{tenant}';

export function planTenant(file: TenantFile, current: CurrentState, options: PlanOptions = {}): PlanStep[] {
  return [
    ...tenantSteps(file, current),
    ...connectionSteps(file, current, options),
    ...syncSteps(file, current),
    ...alertSteps(file, current),
    ...stateSteps(file, current),
  ];
}

function* tenantSteps({ tenant }: TenantFile, current: CurrentState): Generator<PlanStep> {
  const { name, settings, externalId } = tenant;
  if (current.tenant === undefined) {
    // Only an external id makes a tenant: an id that is not there has been refused before.
    const differences = [{ path: 'tenant', from: null, to: { externalId, name } }];
    yield {
      method: 'POST',
      path: '/v1/tenants',
      body: { externalId, name, settings },
      does: 'create the tenant',
      differences,
    };
    return;
  }
  const differences = compare(
    'tenant',
    { name: current.tenant.name, settings: current.tenant.settings },
    { name, settings },
  );
  if (differences.length > 0)
    yield { method: 'PATCH', path: base, body: { name, settings }, does: 'change the tenant', differences };
}

function* connectionSteps(
  { connections }: TenantFile,
  current: CurrentState,
  options: PlanOptions,
): Generator<PlanStep> {
  const works = (vendor: string) => current.connections.find((row) => row.vendor === vendor && row.state === 'ok');
  const { hubspot, pendo } = connections;
  if (hubspot?.token !== undefined && (!works('hubspot') || options.credentials)) {
    const differences = [
      { path: 'connections.hubspot', from: works('hubspot') ? 'connected' : null, to: 'token of the file' },
    ];
    yield {
      method: 'PUT',
      path: `${base}/connections/hubspot`,
      body: { token: hubspot.token },
      does: 'connect HubSpot',
      differences,
    };
  }
  if (pendo === undefined) return;
  const { key, ...settings } = pendo;
  const known = works('pendo');
  const differences = compare('connections.pendo', known?.settings ?? {}, settings);
  const withKey = key !== undefined && (known === undefined || options.credentials === true);
  if (withKey)
    differences.push({ path: 'connections.pendo.key', from: known ? 'connected' : null, to: 'key of the file' });
  if (differences.length === 0) return;
  const body = { ...settings, ...(withKey ? { key } : {}) };
  yield { method: 'PUT', path: `${base}/connections/pendo`, body, does: 'connect Pendo', differences };
}

function* syncSteps({ syncs }: TenantFile, current: CurrentState): Generator<PlanStep> {
  for (const object of syncObjects) {
    const wanted = syncs[object];
    if (wanted === undefined) continue;
    const known = current.syncs.find((row) => row.object === object);
    const differences = compare(
      `syncs.${object}.config`,
      known?.config ?? {},
      asStored(object, wanted.config, known?.config),
    );
    if (differences.length === 0) continue;
    yield {
      method: 'PUT',
      path: `${base}/syncs/${object}`,
      body: wanted.config,
      does: `configure the ${object} sync`,
      differences,
    };
  }
}

/** An entry that names an item of Pendo's has its name and window once it is stored. */
function asStored(object: SyncObject, config: SyncConfig, known: unknown): SyncConfig {
  return resolvedConfig(object, config, syncConfigSchema.safeParse(known).data, {});
}

function* alertSteps({ alerts }: TenantFile, current: CurrentState): Generator<PlanStep> {
  if (alerts === undefined) return;
  // The API shows no more of an address than its host, and something that differs where the rest does.
  const shown = { ...alerts, url: maskAddress(alerts.url), fingerprint: addressFingerprint(alerts.url) };
  const differences = compare('alerts', current.alerts ?? {}, shown);
  if (differences.length > 0)
    yield { method: 'PUT', path: `${base}/alerts/target`, body: alerts, does: 'set where alerts go', differences };
}

/** The verbs that lead from one state to another, in order. */
const verbs: Record<string, Record<string, readonly string[]>> = {
  draft: { enabled: ['enable'], paused: ['enable', 'pause'], disabled: [] },
  disabled: { enabled: ['enable'], paused: ['enable', 'pause'] },
  enabled: { paused: ['pause'], disabled: ['disable'] },
  paused: { enabled: ['resume'], disabled: ['disable'] },
};
const tenantVerbs: Record<string, string> = { active: 'resume', paused: 'pause', disabled: 'disable' };

function* stateSteps({ tenant, syncs }: TenantFile, current: CurrentState): Generator<PlanStep> {
  const tenantState = current.tenant?.state ?? 'active';
  const changes = tenantState !== tenant.state;
  const tenantStep = (): PlanStep => ({
    method: 'POST',
    path: `${base}/${tenantVerbs[tenant.state]}`,
    does: `${tenantVerbs[tenant.state]} the tenant`,
    differences: [{ path: 'tenant.state', from: tenantState, to: tenant.state }],
  });
  // Nothing can be enabled in a tenant that stands still.
  if (changes && tenant.state === 'active') yield tenantStep();
  for (const object of syncObjects) {
    const to = syncs[object]?.state;
    const from = current.syncs.find((row) => row.object === object)?.state ?? 'draft';
    // A draft in the file leaves a sync as it stands: switching off is said by `disabled`.
    if (to === undefined || to === 'draft' || to === from) continue;
    for (const verb of verbs[from]?.[to] ?? []) {
      const body = verb === 'disable' ? { body: {} } : {};
      const differences = [{ path: `syncs.${object}.state`, from, to }];
      yield {
        method: 'POST',
        path: `${base}/syncs/${object}/${verb}`,
        ...body,
        does: `${verb} the ${object} sync`,
        differences,
      };
    }
  }
  if (changes && tenant.state !== 'active') yield tenantStep();
}

/** Leaf by leaf; lists are compared whole. */
export function compare(path: string, from: unknown, to: unknown): Difference[] {
  if (isObject(from) && isObject(to)) {
    return Object.keys(to).flatMap((name) => compare(`${path}.${name}`, from[name], to[name]));
  }
  return canonical(from) === canonical(to) ? [] : [{ path, from: from ?? null, to }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_name, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
