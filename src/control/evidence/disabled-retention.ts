/** Values of a sync that is disabled are kept for so many days, and then erased as if a person had asked for it. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { type SyncObject, syncObjects } from '../../sync/config.ts';
import { systemCaller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { forEachTenant } from '../maintenance/each-tenant.ts';
import { dayMs } from '../quota.ts';
import { eraseValues } from '../syncs/state.ts';

/** @param days of the deployment; undefined: only tenants that set a number of their own. @returns how many rows were erased */
export async function pruneDisabled(control: Pick<Control, 'db' | 'clock'>, days: number | undefined): Promise<number> {
  let erased = 0;
  await forEachTenant(control, async (id) => {
    for (const object of syncObjects) {
      if (await control.db.tenant(id, (tx) => isOver(tx, control, id, object, days))) {
        erased += await inTenant(
          control,
          systemCaller('engine'),
          'operate',
          id,
          // Somebody may have enabled it since.
          async (tx, tenant) =>
            (await isOver(tx, control, id, object, days)) ? eraseValues(tx, systemCaller('engine'), tenant, object) : 0,
          { lock: 'update' },
        );
      }
    }
  });
  return erased;
}

async function isOver(
  tx: Tx,
  { clock }: Pick<Control, 'clock'>,
  tenantId: string,
  object: SyncObject,
  days: number | undefined,
): Promise<boolean> {
  const { rows } = await sql`
    select from syncs s join tenants t on t.id = s.tenant_id and t.state <> 'deleted'
    where s.tenant_id = ${tenantId} and s.object = ${object} and s.state = 'disabled'
      and s.updated_at < ${new Date(clock())}::timestamptz
          - make_interval(secs => least(t.disabled_days, ${days ?? null}::integer)::double precision * ${dayMs / 1000})
      and (exists (select from hubspot_records r where r.tenant_id = s.tenant_id and r.object = s.object)
        or exists (select from pendo_records r where r.tenant_id = s.tenant_id and r.object = s.object)
        or exists (select from sent_values r where r.tenant_id = s.tenant_id and r.object = s.object)
        or exists (select from event_occurrences r where r.tenant_id = s.tenant_id and r.object = s.object)
        or exists (select from outcomes r where r.tenant_id = s.tenant_id and r.object = s.object))`.execute(tx);
  return rows.length > 0;
}
