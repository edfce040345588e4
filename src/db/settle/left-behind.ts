/**
 * After a move to another portal or subscription the mirror is empty, so no page finds anything of the former account gone:
 * what evidence there is of its records ends with the first full run that ends well here.
 */
import { sql } from 'kysely';
import { sourceOf } from '../../sync/legs.ts';
import type { Tx } from '../database.ts';
import { mirrorOf } from '../leg-sql.ts';
import type { SettleScope } from './scope.ts';

export async function recordLeftBehind(
  tx: Tx,
  { tenantId, object, runId }: Pick<SettleScope, 'tenantId' | 'object' | 'runId'>,
): Promise<void> {
  for (const leg of ['pull', 'push'] as const) {
    const mirror = mirrorOf(sourceOf(leg));
    await sql`
      with latest as (
        select distinct on (giver_id) giver_id, outcome from outcomes
        where tenant_id = ${tenantId} and object = ${object} and leg = ${leg}
        order by giver_id, run_id desc
      )
      insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome)
      select ${tenantId}, ${object}, ${leg}, l.giver_id, ${runId}::bigint, 'gone'
      from latest l
      left join (select id::text as id from ${mirror} where tenant_id = ${tenantId} and object = ${object}) m
        on m.id = l.giver_id
      where m.id is null and l.outcome <> 'gone' and l.giver_id not like '(forgotten %)'
      on conflict (tenant_id, object, leg, giver_id, run_id)
        do update set outcome = 'gone', partner_id = null, reason = null`.execute(tx);
  }
}
