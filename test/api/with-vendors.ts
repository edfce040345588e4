/** One sandbox and one API for all tests of a file, an administrator's key, and tenants that are connected to the sandbox. */
import { afterAll, expect } from 'vitest';
import type { World } from '../../sandbox/contract.ts';
import { startHarness } from './harness.ts';
import { startVendors } from './vendors.ts';

/** Call it at the top of a test file: everything is closed when its tests are done. */
export async function startWithVendors() {
  const vendors = await startVendors();
  afterAll(() => vendors[Symbol.asyncDispose]());
  const api = await startHarness(vendors);
  afterAll(() => api[Symbol.asyncDispose]());
  const admin = await api.key(['admin']);

  const newTenant = async (name = 'Acme'): Promise<string> =>
    (await api.call(admin, 'POST', '/v1/tenants', { name })).body.id;
  const connect = (tenant: string, vendor: 'hubspot' | 'pendo', body: object) =>
    api.call(admin, 'PUT', `/v1/tenants/${tenant}/connections/${vendor}`, body);

  /** A new tenant with both vendors of a world. */
  async function connected(world: World, pendoKey = world.pendoKey): Promise<string> {
    const tenant = await newTenant();
    expect(await connect(tenant, 'hubspot', { token: world.hubspotToken })).toMatchObject({ status: 200 });
    expect(await connect(tenant, 'pendo', { key: pendoKey, zone: world.zone })).toMatchObject({ status: 200 });
    return tenant;
  }

  return { vendors, api, admin, newTenant, connect, connected };
}
