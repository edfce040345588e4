import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call, World } from '../../sandbox/contract.ts';
import { createGuardedFetch } from '../../src/egress/guarded-fetch.ts';
import { createHubSpot, createHubSpotBudget, type HubSpotClient } from '../../src/hubspot/index.ts';
import { type FreshDatabase, freshDatabase } from '../setup/database.ts';

let sandbox: { hubspotUrl: string; adminUrl: string };
let sandboxProcess: ChildProcess;
let database: FreshDatabase;
const pools: pg.Pool[] = [];
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  // A process of its own: a vendor's arrival times do not depend on how busy its callers are.
  sandboxProcess = spawn(process.execPath, ['sandbox/main.ts'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: sandboxProcess.stdout! }), 'line');
  sandbox = JSON.parse(line);
  pools.push(...[0, 1].map(() => new pg.Pool({ connectionString: database.url, max: 4 })));
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await Promise.all(pools.map((pool) => pool.end()));
  sandboxProcess?.kill();
  await database?.drop();
});

async function makeWorld(name: string, tier: number): Promise<World> {
  const body = JSON.stringify({
    // A test that is tried again has a world of its own again.
    world: `${name}-${randomUUID()}`,
    seed: 3,
    contacts: 30,
    companies: 2,
    visitors: 2,
    accounts: 1,
    activityDays: 1,
    tier,
  });
  const response = await fetch(`${sandbox.adminUrl}/admin/worlds`, { method: 'POST', body });
  return (await response.json()) as World;
}

async function callsOf(world: World): Promise<Call[]> {
  const response = await fetch(`${sandbox.adminUrl}/admin/worlds/${world.world}/log`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Call).filter((call) => call.vendor === 'hubspot');
}

/** As a worker of its own would have it: own connections, own client, own idea of the time. */
function worker(world: World, pool: pg.Pool): HubSpotClient {
  const guarded = createGuardedFetch({ allow: [sandbox.hubspotUrl] });
  closing.push(guarded.close);
  return createHubSpot({
    baseUrl: sandbox.hubspotUrl,
    apiVersion: '2026-09',
    token: async () => world.hubspotToken,
    budget: createHubSpotBudget({ pool, portalId: world.portalId, app: 'token', timeZone: 'UTC' }),
    fetch: guarded.fetch,
  });
}

describe.concurrent('HubSpot’s limits', () => {
  test('two workers that call as fast as they may read and search at the portal’s limit, and are refused next to nothing', async () => {
    const world = await makeWorld('limits', 110);
    let reads = 240;
    let searches = 30;
    const started = performance.now();
    await Promise.all(
      pools.flatMap((pool) => {
        const client = worker(world, pool);
        const reading = Array.from({ length: 12 }, async () => {
          while (reads-- > 0) await client.listPage('contacts', { limit: 1, properties: [] });
        });
        const searching = Array.from({ length: 3 }, async () => {
          while (searches-- > 0) await client.countRecords('contacts');
        });
        return [...reading, ...searching];
      }),
    );
    const took = performance.now() - started;
    const calls = await callsOf(world);
    // None, on a machine that is not as busy as one that runs tests may be.
    expect(calls.filter((call) => call.overLimit).length).toBeLessThanOrEqual(5);
    expect(calls.filter((call) => !call.overLimit)).toHaveLength(270);
    // 240 calls at 110 in ten seconds: two windows have to pass, and hardly more.
    expect(took).toBeLessThan(20_000 / 0.95 + 3_000);
  });

  test('somebody else on the same credential is noticed in the headers and yielded to', async () => {
    const world = await makeWorld('yield', 100);
    const client = worker(world, pools[0]!);
    const headers = { authorization: `Bearer ${world.hubspotToken}` };
    const foreign = async () => {
      for (let call = 0; call < 50; call += 1) {
        await (await fetch(`${sandbox.hubspotUrl}/crm/objects/2026-03/contacts?limit=1`, { headers })).text();
      }
    };
    // A first call learns the limit, then both go on side by side.
    await client.listPage('contacts', { limit: 1, properties: [] });
    await foreign();
    let reads = 90;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (reads-- > 0) await client.listPage('contacts', { limit: 1, properties: [] });
      }),
    );
    const calls = await callsOf(world);
    // 51 of the 100 were gone: without noticing, forty of ours would have been refused.
    expect(calls.filter((call) => call.overLimit).length).toBeLessThanOrEqual(4);
    expect(calls.filter((call) => !call.overLimit)).toHaveLength(141);
  });
});
