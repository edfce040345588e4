/**
 * Fencing: of all attempts of one step, only the newest may write, and only while the tenant is as it was when the
 * run opened. A timed-out attempt that wakes up late, or a run of a tenant that was deleted meanwhile, changes nothing.
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { active } from './states.ts';

export type FencedStep = 'open' | 'schema' | 'hubspot' | 'pendo' | 'settle' | 'pull' | 'push' | 'close';

export interface Fence {
  tenantId: string;
  runId: string;
  step: FencedStep;
  fence: number;
}

/** Somebody newer works on this step, or the run's ground is gone: stop without a word. */
export class FenceLost extends Error {
  constructor() {
    super('A newer attempt has taken over, or the run was taken away.');
    this.name = 'FenceLost';
  }
}

export async function takeFence(tx: Tx, tenantId: string, runId: string, step: FencedStep): Promise<Fence> {
  const { rows } = await sql<{ fence: number }>`
    insert into run_fences (tenant_id, run_id, step, fence) values (${tenantId}, ${runId}::bigint, ${step}, 1)
    on conflict (run_id, step) do update set fence = run_fences.fence + 1
    returning fence`.execute(tx);
  return { tenantId, runId, step, fence: rows[0]?.fence ?? 0 };
}

/**
 * To be called first in every transaction that writes for a run.
 * @throws FenceLost
 */
export async function holdFence(tx: Tx, fence: Fence): Promise<void> {
  if (!(await holdFenceForAnswers(tx, fence))) throw new FenceLost();
}

/**
 * For what a vendor has answered to a run: that is noted as long as the run is not closed, whatever stopped it.
 * @returns whether the tenant is as it was when the run opened
 * @throws FenceLost
 */
export async function holdFenceForAnswers(tx: Tx, { tenantId, runId, step, fence }: Fence): Promise<boolean> {
  const { rows } = await sql<{ same: boolean }>`
    select t.epoch = r.epoch as same from run_fences f
    join runs r on r.id = f.run_id
    join tenants t on t.id = r.tenant_id
    where f.run_id = ${runId}::bigint and f.step = ${step} and f.fence = ${fence} and t.id = ${tenantId}
      and r.state in ${active}
    for share of f, t`.execute(tx);
  if (rows[0] === undefined) throw new FenceLost();
  return rows[0].same;
}
