/**
 * Evidence is kept for so many days. What a record's outcome is stays known: of each record the newest transition before
 * the cut remains, so that runs after it are answered as before. The audit trail is not touched.
 */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { Control } from '../control.ts';
import { forEachTenant } from '../maintenance/each-tenant.ts';

/** Days. */
const ledgerLeast = 100;

export interface Pruned {
  deliveries: number;
  outcomes: number;
  alerts: number;
}

/** Tenant by tenant, each in a transaction of its own, and for as long as it says where that is less. Call it about once a day; any number of processes may. */
export async function pruneEvidence(control: Pick<Control, 'db' | 'clock'>, days: number): Promise<Pruned> {
  const pruned: Pruned = { deliveries: 0, outcomes: 0, alerts: 0 };
  await forEachTenant(control, (id) =>
    control.db.tenant(id, async (tx) => {
      const own = await tx.selectFrom('tenants').select('evidence_days').where('id', '=', id).executeTakeFirst();
      const before = new Date(control.clock() - Math.min(own?.evidence_days ?? days, days) * 86_400_000);
      // As long as a day may be looked at again, the ledger says what was sent of it.
      const ledgerDays = Math.max(Math.min(own?.evidence_days ?? days, days), ledgerLeast);
      await sql`
        delete from event_occurrences
        where tenant_id = ${id} and day < ${new Date(control.clock() - ledgerDays * 86_400_000)}::date
          and state in ('sent', 'skipped')`.execute(tx);
      for (const object of ['visitor', 'account'] as const) {
        const cut = await lastRunBefore(tx, id, object, before);
        if (cut === undefined) continue;
        pruned.deliveries += await count(
          sql`
          delete from deliveries d using runs r
          where r.id = d.run_id and r.object = ${object} and d.tenant_id = ${id} and d.run_id <= ${cut}::bigint`.execute(
            tx,
          ),
        );
        await sql`
          delete from run_records x using runs r
          where r.id = x.run_id and r.object = ${object} and x.tenant_id = ${id} and x.run_id <= ${cut}::bigint`.execute(
          tx,
        );
        pruned.outcomes += await count(
          sql`
          delete from outcomes o
          where o.tenant_id = ${id} and o.object = ${object} and o.run_id <= ${cut}::bigint
            and (o.outcome = 'gone' or exists (
              select from outcomes n
              where n.tenant_id = o.tenant_id and n.object = o.object and n.leg = o.leg and n.giver_id = o.giver_id
                and n.run_id > o.run_id and n.run_id <= ${cut}::bigint))`.execute(tx),
        );
        await sql`
          update runs set preview = null, held = '[]'
          where tenant_id = ${id} and object = ${object} and id <= ${cut}::bigint
            and (preview is not null or held <> '[]') and closed_at is not null`.execute(tx);
      }
      pruned.alerts += await count(
        sql`
        delete from alerts where tenant_id = ${id} and created_at < ${before} and next_attempt_at is null`.execute(tx),
      );
    }),
  );
  return pruned;
}

async function lastRunBefore(tx: Tx, tenantId: string, object: string, before: Date): Promise<string | undefined> {
  const { rows } = await sql<{ id: string | null }>`
    select max(id)::text as id from runs
    where tenant_id = ${tenantId} and object = ${object} and closed_at < ${before}`.execute(tx);
  return rows[0]?.id ?? undefined;
}

async function count(done: Promise<{ numAffectedRows?: bigint | undefined }>): Promise<number> {
  return Number((await done).numAffectedRows ?? 0n);
}
