/** The tenant that a person names: by id, external id or name. A name that nobody has gets those that are near. */

import type { Tenant, TenantPage } from './answers.ts';
import { type ApiClient, path, query } from './api-client.ts';
import { Problem } from './problem.ts';

/** Where a name is looked for: 20 pages of 200. Larger installations name tenants by id. */
const pages = 20;

export async function withTenant<T>(api: ApiClient, named: string, then: (id: string) => Promise<T>): Promise<T> {
  const id = looksLikeId(named) ? named : await findTenant(api, named);
  try {
    return await then(id);
  } catch (error) {
    // Something is not there: the tenant itself, or what belongs to it.
    if (!(error instanceof Problem) || error.code !== 'NOT_FOUND') throw error;
    if ((await api.find(path`/v1/tenants/${id}`)) !== undefined) throw error;
    throw await unknownTenant(api, named);
  }
}

function looksLikeId(named: string): boolean {
  return /^t_[a-z0-9]{16,}$/.test(named);
}

async function findTenant(api: ApiClient, named: string): Promise<string> {
  const { tenants } = await api.get<TenantPage>(`/v1/tenants${query({ externalId: named })}`);
  if (tenants[0] !== undefined) return tenants[0].id;
  const all = await listTenants(api);
  const same = all.filter(({ id, name }) => id === named || name.toLowerCase() === named.toLowerCase());
  if (same.length > 1) {
    throw new Problem({
      code: 'TENANT_AMBIGUOUS',
      message: `${same.length} tenants are called ${named}.`,
      fix: `Name one by its id: ${same.slice(0, 5).map(describe).join(', ')}.`,
    });
  }
  if (same[0] !== undefined) return same[0].id;
  throw await unknownTenant(api, named, all);
}

async function unknownTenant(api: ApiClient, named: string, known?: readonly Tenant[]): Promise<Problem> {
  const all = known ?? (await listTenants(api));
  const near = nearest(named, all);
  return new Problem(
    {
      code: 'NOT_FOUND',
      message: `There is no tenant ${named}, or your key may not see it.`,
      fix:
        near.length > 0 ? `Did you mean ${near.map(describe).join(' or ')}?` : '`crosswalk tenants list` shows them.',
    },
    404,
  );
}

async function listTenants(api: ApiClient): Promise<Tenant[]> {
  const found: Tenant[] = [];
  let after: string | undefined;
  for (let page = 0; page < pages; page++) {
    const { tenants, next } = await api.get<TenantPage>(`/v1/tenants${query({ limit: '200', after })}`);
    found.push(...tenants);
    if (next === null) break;
    after = next;
  }
  return found;
}

function nearest(named: string, all: readonly Tenant[]): Tenant[] {
  const wanted = named.toLowerCase();
  const scored = all.map((tenant) => {
    const names = [tenant.id, tenant.externalId ?? '', tenant.name].map((name) => name.toLowerCase());
    const holds = wanted.length > 2 && names.some((name) => name.includes(wanted));
    return { tenant, far: holds ? 0 : Math.min(...names.filter(Boolean).map((name) => distance(wanted, name))) };
  });
  return scored
    .filter(({ far }) => far <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ tenant }) => tenant);
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function describe({ id, externalId, name }: Tenant): string {
  return `${externalId ?? id} (${name})`;
}
