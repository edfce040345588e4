/** A run that is met in the middle of its work, and what must be true of it at its end, whatever happened to it. */
import { expect } from 'vitest';
import { endStates, type RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Fault, WorldRequest } from '../../sandbox/contract.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { lastCall, type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';

/** What the run is doing then, and an answer that comes late enough for it to be met there. */
export const moments = [
  ['while records are read', { vendor: 'hubspot', kind: 'latency', ms: 3000, route: 'GET .*/objects/', count: 1 }],
  ['while values are delivered', { vendor: 'hubspot', kind: 'latency', ms: 3000, route: '/batch/update', count: 1 }],
] as const satisfies [string, Fault][];

export interface MidRun {
  tenant: TestedTenant;
  run: RunView;
  before: Awaited<ReturnType<TestedTenant['seen']>>;
  from: number;
}

/** A tenant with everything to write, whose run waits for the late answer. */
export async function startMidRun(
  stack: Stack,
  fault: Fault,
  world: Pick<WorldRequest, 'contacts' | 'visitors' | 'companies' | 'accounts'>,
): Promise<MidRun> {
  const tenant = await testedTenant(stack, { world });
  await tenant.configure('visitor', { pull: [], push: [] });
  expectAgreement(await tenant.round('enable', ['visitor']));
  const { pull, push } = tenant.full.visitor;
  await tenant.configure('visitor', { pull, push });
  const before = await tenant.seen();
  await tenant.fault(fault);
  const from = await lastCall(tenant);
  const run = await tenant.start('visitor');
  await waitUntil(
    async () => (await tenant.log(from)).some(({ status, at }) => status === 0 && Date.now() - at > 200) || undefined,
    { what: 'the run is in the middle of its work', timeoutMs: 60_000 },
  );
  return { tenant, run, before, from };
}

/** It ends right. What was in flight was sent once more at most, and the next run finds nothing to do. */
export async function expectNothingLost({ tenant, run, before, from }: MidRun): Promise<void> {
  await waitUntil(async () => endStates.includes((await tenant.run(run.id)).state) || undefined, {
    what: 'the run has ended',
    timeoutMs: 120_000,
    everyMs: 500,
  });
  expectAgreement(await tenant.judge(before, from, [run]));
  const { writes } = await tenant.round('run', ['visitor']);
  expect(writes).toEqual([]);
}
