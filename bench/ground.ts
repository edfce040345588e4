/** The bench environment: the stack, a worker in a process of its own, worlds, and the vendor's log. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, ApiRefusal } from '../demo/api.ts';
import { endStates, type RunView } from '../demo/runs.ts';
import { type Stack, startStack } from '../demo/stack.ts';
import { createTenant, type DemoTenant } from '../demo/tenant.ts';
import type { Call, WorldRequest } from '../sandbox/contract.ts';
import type { SyncConfigInput, SyncObject } from '../src/sync/config.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** So many calls in ten seconds are never made. The budget keeps account of them, and is not surprised when the limit is lowered. */
const noLimit = 9_999;
/** HubSpot's window, and a little. */
const windowMs = 10_500;

export interface Ground {
  stack: Stack;
  worker: WorkerProcess;
  makeTenant(world: WorldRequest, config?: Partial<SyncConfigInput>): Promise<Bench>;
  stop(): Promise<void>;
}

/** One tenant whose visitors are synced. */
export interface Bench {
  tenant: DemoTenant;
  /** As the vendors saw it since the last `clearLog`. */
  log(): Promise<Call[]>;
  clearLog(): Promise<void>;
  /** 0: no limit. Waits until nothing of what was sent before counts any more, and lets Crosswalk learn it. */
  setLimit(callsPerTenSeconds: number): Promise<void>;
  /** Mean of HubSpot's round trip in ms, spread evenly by a third to either side. */
  setLatency(ms: number): Promise<void>;
  enable(): Promise<RunView>;
  run(request?: { scope?: 'full' | 'delta' }): Promise<RunView>;
  approve(runId: string): Promise<RunView>;
}

const object: SyncObject = 'visitor';

export async function openGround(nodeArgs: string[] = []): Promise<Ground> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'crosswalk-bench-'));
  // PostgreSQL may run as a user of its own.
  await chmod(dataDir, 0o711);
  const stack = await startStack({ dataDir, worker: false });
  const worker = startWorkerProcess(stack.env, nodeArgs);
  return {
    stack,
    worker,
    makeTenant: (world, config) => makeTenant(stack, world, config),
    async stop() {
      await worker.stop();
      await stack.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function makeTenant(
  stack: Stack,
  world: WorldRequest,
  config: Partial<SyncConfigInput> = {},
): Promise<Bench> {
  const api = patient(stack.api);
  const tenant = await createTenant(
    { ...stack, api },
    {
      world,
      config: { visitor: { settleMinutes: { pendo: 0, hubspot: 0 }, ...config } },
    },
  );
  const { admin } = tenant;
  const at = `/admin/worlds/${world.world}`;
  // Watched in the database: the API would have hundreds of impatient callers at once.
  const follow = async ({ id }: { id: string }): Promise<RunView> => {
    const { db } = stack.services.control;
    for (;;) {
      const run = await db.tenant(tenant.id, (tx) =>
        tx.selectFrom('runs').select('state').where('id', '=', id).executeTakeFirst(),
      );
      if (endStates.includes(run?.state ?? '')) return api.get<RunView>(`/v1/tenants/${tenant.id}/runs/${id}`);
      await sleep(100);
    }
  };
  const bench: Bench = {
    tenant,
    log: () => readLog(stack.sandbox.adminUrl, world.world),
    clearLog: () => admin.delete(`${at}/log`),
    async setLimit(callsPerTenSeconds) {
      if (callsPerTenSeconds > 0) {
        // First, or the call below would be refused for what was sent before, and the budget would grow more careful.
        const last = Math.max(0, ...(await bench.log()).map((call) => (call.vendor === 'hubspot' ? call.endedAt : 0)));
        await sleep(Math.max(0, last + windowMs - Date.now()));
      }
      await admin.patch(`${at}/portal`, { tier: callsPerTenSeconds || noLimit, dailyLimit: 0 });
      // Any call's answer tells the tier, as yesterday's calls would have.
      await api.get(`/v1/tenants/${tenant.id}/catalogue/${object}/hubspot-properties`);
    },
    async setLatency(ms) {
      await admin.delete(`${at}/faults`);
      if (ms > 0) {
        const least = (ms * 2) / 3;
        await admin.post(`${at}/faults`, { vendor: 'hubspot', kind: 'latency', ms: least, jitter: true });
      }
    },
    enable: async () =>
      follow((await api.post<{ run: RunView }>(`/v1/tenants/${tenant.id}/syncs/${object}/enable`)).run),
    run: async (request = {}) =>
      follow((await api.post<{ run: RunView }>(`/v1/tenants/${tenant.id}/syncs/${object}/runs`, request)).run),
    approve: async (runId) => {
      await api.post(`/v1/tenants/${tenant.id}/runs/${runId}/approve`, {});
      return follow({ id: runId });
    },
  };
  return bench;
}

async function readLog(adminUrl: string, world: string): Promise<Call[]> {
  const response = await fetch(`${adminUrl}/admin/worlds/${world}/log`);
  const text = await response.text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Call);
}

/** Every record plain, every visitor with its contact, a little activity. */
export function plainWorld(name: string, records: number, more: Partial<WorldRequest> = {}): WorldRequest {
  return {
    world: name,
    seed: 7,
    contacts: records,
    visitors: records,
    companies: 1,
    accounts: 10,
    tier: 190,
    matched: 1,
    activityDays: 3,
    tame: true,
    ...more,
  };
}

export function expectState(run: RunView, ...states: string[]): RunView {
  if (states.includes(run.state)) return run;
  throw new Error(`The run ${run.state}: ${JSON.stringify(run.reason ?? run.held)}`);
}

/** Waits when the API asks to be asked later: hundreds of tenants are created here, on a machine that others may use. */
function patient(api: Api): Api {
  const patiently =
    <A extends unknown[]>(call: (...args: A) => Promise<unknown>) =>
    async <T>(...args: A): Promise<T> => {
      for (;;) {
        try {
          return (await call(...args)) as T;
        } catch (error) {
          if (!(error instanceof ApiRefusal) || (error.status !== 429 && error.code !== 'VENDOR_BUSY')) throw error;
          await sleep(1000);
        }
      }
    };
  return {
    get: patiently(api.get),
    post: patiently(api.post),
    put: patiently(api.put),
    patch: patiently(api.patch),
    delete: patiently(api.delete),
  };
}
