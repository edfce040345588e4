/** What the pictures show: a few tenants, first runs and daily ones, and a vendor that answers slowly for a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForRun } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { createTenant, type DemoTenant } from '../../demo/tenant.ts';

const rounds = 12;
const betweenRoundsMs = 8_000;

/** @returns the run whose trace is shown: the first one of the first tenant, which writes to both sides */
export async function someMinutesOfWork(stack: Stack): Promise<string> {
  const tenants: DemoTenant[] = [];
  for (const [n, name] of ['northwind', 'fabrikam', 'contoso'].entries()) {
    const records = { contacts: 300 + 200 * n, visitors: 320 + 200 * n, companies: 40, accounts: 45 };
    tenants.push(await createTenant(stack, { world: { world: name, seed: n, tier: 100, ...records } }));
  }
  const [first] = tenants as [DemoTenant];
  const shown = await start(stack, first, 'enable');
  for (const tenant of tenants.slice(1)) await start(stack, tenant, 'enable');
  for (let round = 0; round < rounds; round++) {
    await disturb(first, round);
    for (const tenant of tenants) if ((round + tenants.indexOf(tenant)) % 2 === 0) await start(stack, tenant, 'runs');
    await sleep(betweenRoundsMs);
  }
  // What is counted in the end is scraped once more.
  await sleep(3000);
  return shown;
}

async function start(stack: Stack, tenant: DemoTenant, how: 'enable' | 'runs'): Promise<string> {
  const { run } = await stack.api.post<{ run: { id: string } }>(`/v1/tenants/${tenant.id}/syncs/visitor/${how}`);
  await waitForRun(stack.api, tenant.id, run.id);
  return run.id;
}

/** The first tenant's HubSpot is slow for some rounds. */
async function disturb({ admin, world }: DemoTenant, round: number): Promise<void> {
  const faults = `/admin/worlds/${world.world}/faults`;
  if (round === 4) await admin.post(faults, { vendor: 'hubspot', kind: 'latency', ms: 400, jitter: true });
  if (round === 9) await admin.delete(faults);
}
