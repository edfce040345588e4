/**
 * Forgotten records are counted as excluded, and nothing that names them is kept. So that the list of a run holds as many
 * records as its counts say, each is in it under a number, and no more: which of them it is, nobody can see.
 */
import { sql } from 'kysely';
import { legs, sourceOf } from '../../sync/legs.ts';
import type { Tx } from '../database.ts';
import { readTotals } from '../runs/index.ts';
import type { SettleScope } from './scope.ts';

export const forgottenReason = {
  code: 'FORGOTTEN',
  message: 'This record was forgotten on request: runs leave it out, and nothing that names it is kept.',
};

/** As transitions, like every other outcome. A delta reads too little to know how many there are. */
export async function recordForgotten(
  tx: Tx,
  { tenantId, object, runId, delta }: Pick<SettleScope, 'tenantId' | 'object' | 'runId' | 'delta'>,
): Promise<void> {
  if (delta) return;
  for (const leg of legs) {
    const { excluded } = await readTotals(tx, runId, sourceOf(leg));
    await sql`
      with known as (
        select distinct on (giver_id) giver_id, outcome from outcomes
        where tenant_id = ${tenantId} and object = ${object} and leg = ${leg} and giver_id like '(forgotten %)'
          and giver_id ~ '^[(]forgotten [0-9]+[)]$'
        order by giver_id, run_id desc
      ), now as (
        select '(forgotten ' || n || ')' as giver_id, case when n <= ${excluded}::int then 'excluded' else 'gone' end as outcome
        from generate_series(1, greatest(${excluded}::int, (select count(*)::int from known))) n
      )
      insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, reason)
      select ${tenantId}, ${object}, ${leg}, now.giver_id, ${runId}::bigint, now.outcome,
             case when now.outcome = 'excluded' then ${JSON.stringify(forgottenReason)}::jsonb end
      from now left join known using (giver_id)
      where known.outcome is distinct from now.outcome
      on conflict (tenant_id, object, leg, giver_id, run_id)
        do update set outcome = excluded.outcome, reason = excluded.reason`.execute(tx);
  }
}
