/** A new tenant whose first runs the oracle judges, with the vendors slow enough for something to happen meanwhile. */
import { isDeepStrictEqual } from 'node:util';
import { createApi } from '../../demo/api.ts';
import type { SandboxProcess } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { syncObjects } from '../../src/sync/config.ts';
import { lastCall, type Round, type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import type { Installation } from './installation.ts';

export async function newTenant(installation: Installation): Promise<TestedTenant> {
  const api = createApi(installation.apiUrl, installation.key);
  const sandbox = { adminUrl: installation.sandboxUrl } as SandboxProcess;
  // In containers nobody moves the clock.
  const setClock = (): Promise<void> => Promise.reject(new Error('The clock of containers is the machine’s.'));
  return testedTenant(
    { api, sandbox, setClock },
    { world: { contacts: 400, visitors: 450, companies: 120, accounts: 130 } },
  );
}

/**
 * Enables both syncs, lets `happen` happen once the first value has been written, and waits for the runs.
 *
 * @returns what is wrong in the end
 */
export async function judgeFirstRuns(tenant: TestedTenant, happen?: () => Promise<void>): Promise<string[]> {
  const before = await tenant.seen();
  const from = await lastCall(tenant);
  if (happen) await slowDown(tenant);
  const runs = await Promise.all(syncObjects.map((object) => tenant.start(object, 'enable')));
  if (happen) {
    await waitUntil(async () => hasWritten(tenant, from, runs), {
      what: 'A first write',
      timeoutMs: 120_000,
      everyMs: 100,
    });
    const active = await Promise.all(runs.map((run) => tenant.run(run.id)));
    if (!active.some(({ state }) => state === 'running')) throw new Error('The runs ended before anything happened.');
    await happen();
  }
  await tenant.noFaults();
  return wrongIn(await tenant.judge(before, from, runs));
}

async function hasWritten(tenant: TestedTenant, from: number, runs: unknown[]): Promise<true | undefined> {
  const log = await tenant.log(from);
  // Enabling tries each credential by a write that must be refused: more than those.
  return log.filter(({ writes = [] }) => writes.some(({ accepted }) => accepted)).length > runs.length || undefined;
}

export function wrongIn({ judged, findings }: Round): string[] {
  const wrong = findings.map((finding) => `wrong: ${JSON.stringify(finding)}`);
  for (const { run, said, expected, disagreements, log } of judged) {
    if (!isDeepStrictEqual(said, expected)) {
      wrong.push(`${run.object}: says ${JSON.stringify(said)}, the oracle ${JSON.stringify(expected)}`);
    }
    wrong.push(...disagreements, ...log.map((finding) => `log: ${JSON.stringify(finding)}`));
  }
  return wrong;
}

async function slowDown(tenant: TestedTenant): Promise<void> {
  for (const vendor of ['hubspot', 'pendo'] as const) await tenant.fault({ vendor, kind: 'latency', ms: 400 });
}
