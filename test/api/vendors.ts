/** A sandbox with worlds of its own, for tests that really call the vendors. */
import type { Fault, World, WorldRequest } from '../../sandbox/contract.ts';
import { startSandbox } from '../../sandbox/index.ts';

export interface Vendors extends AsyncDisposable {
  hubspotUrl: string;
  /** With `{region}` in it, as `PENDO_BASE_URL` takes it. */
  pendoUrl: string;
  oauth: { clientId: string; clientSecret: string };
  world(more?: Partial<WorldRequest>): Promise<World>;
  admin(method: string, path: string, body?: unknown): Promise<Response>;
  fault(world: World, fault: Fault): Promise<void>;
  noFaults(world: World): Promise<void>;
  /** Calls that the world's vendors saw, by operation. */
  calls(world: World, operation?: string): Promise<number>;
}

let worlds = 0;

export async function startVendors(): Promise<Vendors> {
  const sandbox = await startSandbox();
  const admin: Vendors['admin'] = async (method, path, body) => {
    const response = await fetch(`${sandbox.adminUrl}/admin${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    hubspotUrl: sandbox.hubspotUrl,
    pendoUrl: `${sandbox.pendoUrl}/{region}`,
    oauth: sandbox.oauth,
    admin,
    world: async (more = {}) => {
      const size = { contacts: 6, companies: 3, visitors: 6, accounts: 3, activityDays: 2 };
      worlds += 1;
      return (await (
        await admin('POST', '/worlds', { world: `w${worlds}`, seed: worlds, ...size, ...more })
      ).json()) as World;
    },
    fault: async ({ world }, fault) => void (await admin('POST', `/worlds/${world}/faults`, fault)),
    noFaults: async ({ world }) => void (await admin('DELETE', `/worlds/${world}/faults`)),
    calls: async ({ world }, operation) => {
      const lines = (await (await admin('GET', `/worlds/${world}/log`)).text()).split('\n').filter(Boolean);
      const calls = lines.map((line) => JSON.parse(line) as { operation: string });
      return calls.filter((call) => operation === undefined || call.operation === operation).length;
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
