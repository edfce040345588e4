/** What both vendors saw of a tenant, in all worlds that it was ever connected to, in one order. */
import { calls } from '../oracle/index.ts';
import type { Call } from '../sandbox/contract.ts';
import type { ChaosTenant } from './tenants.ts';

export interface WorldCall extends Call {
  world: string;
}

export async function readCalls(adminUrl: string, tenant: ChaosTenant): Promise<WorldCall[]> {
  const all: WorldCall[] = [];
  for (const { world } of [tenant.world, tenant.other]) {
    for (const call of await calls(adminUrl, world)) all.push({ ...call, world });
  }
  return all.sort((a, b) => a.at - b.at || a.seq - b.seq).map((call, n) => ({ ...call, seq: n + 1 }));
}
