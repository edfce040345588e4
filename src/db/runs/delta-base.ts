/** What a delta run builds on: a mirror that stands on a finished full run, with the mapping and definitions of now. */
import { type RawBuilder, sql } from 'kysely';
import type { SyncRef } from '../../sync/refs.ts';
import type { Tx } from '../database.ts';
import { type BaseRun, findMirrorBase } from './base-run.ts';
import type { Run } from './run.ts';

/** Above the number of every run. */
const newest = '9223372036854775807';

export interface Ground extends SyncRef {
  epoch: number;
  configVersion: number;
}

/** The full run whose mirror holds untouched records as a run of this configuration needs them, definitions apart. */
export async function deltaGround(
  tx: Tx,
  { tenantId, object, epoch, configVersion }: Ground,
  runId = newest,
): Promise<BaseRun | null> {
  const base = await findMirrorBase(tx, { tenantId, object, runId });
  return base !== null && base.epoch === epoch && base.configVersion === configVersion ? base : null;
}

/**
 * When the newest finished run on that mirror opened: the full run itself, or a delta since; an unfinished delta proves
 * nothing. Null where only a full read will do: nothing stands, or the mapping, a definition or the tenant's ground has
 * changed, so that the mirror does not hold what this run needs of untouched records. Needs this run's plan.
 */
export async function deltaBase(tx: Tx, run: Run): Promise<Date | null> {
  const { tenant_id: tenantId, object, id: runId, epoch, config_version: configVersion } = run;
  const base = await deltaGround(tx, { tenantId, object, epoch, configVersion }, runId);
  if (base === null) return null;
  const { rows } = await sql<{ same: boolean; as_of: Date }>`
    select ${readBy('b')} = ${readBy('r')} and r.plan -> 'create' = '{"pendo": [], "hubspot": []}' as same,
      coalesce((
        select d.as_of from runs d
        where d.tenant_id = r.tenant_id and d.object = r.object and d.id > b.id and d.id < r.id
          and d.scope = 'delta' and not d.dry_run and d.state in ('succeeded', 'degraded')
        order by d.id desc limit 1), b.as_of) as as_of
    from runs r, runs b
    where r.id = ${run.id}::bigint and b.id = ${base.id}::bigint`.execute(tx);
  return rows[0]?.same ? rows[0].as_of : null;
}

/** All of a run's plan that decides what is read. Labels are for the eye: an item that was renamed is read as before. */
function readBy(run: 'b' | 'r'): RawBuilder<unknown> {
  const plan = sql.ref(`${run}.plan`);
  return sql`jsonb_set(${plan} - 'create', '{push}', coalesce((
    select jsonb_agg(field - 'label' order by place)
    from jsonb_array_elements(${plan} -> 'push') with ordinality as pushed (field, place)), '[]'))`;
}

/** A delta that has nothing to build on reads everything. */
export async function makeFull(tx: Tx, runId: string): Promise<void> {
  await tx.updateTable('runs').set({ scope: 'full' }).where('id', '=', runId).execute();
}
