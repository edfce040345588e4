/**
 * Forgetting one person: out of the mirror and the evidence, and out of what the next scans bring. Nothing is deleted at
 * the vendors. The epoch rises, so that a run in flight cannot bring the person back.
 */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { SyncObject } from '../sync/config.ts';
import { readKey } from '../sync/join-key.ts';
import { ensureSuppression } from '../vault/index.ts';
import { audit } from './audit.ts';
import type { Caller } from './caller.ts';
import { afterCommit, type Control, inTenant } from './control.ts';
import { cancelActive, lockSync } from './runs.ts';

/** Any of the names that the person goes by. At least one. */
export interface ForgetRequest {
  hubspotId?: string | undefined;
  pendoId?: string | undefined;
  /** A join value, where no record is at hand. */
  key?: string | undefined;
}

export interface Forgotten {
  /** Rows that were erased here. */
  erased: number;
  /** Names that will be known again. */
  suppressed: number;
}

interface Names {
  hubspot: Set<string>;
  pendo: Set<string>;
  keys: Set<string>;
}

export async function forgetPerson(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  request: ForgetRequest,
): Promise<Forgotten> {
  const result = await inTenant(
    control,
    caller,
    'operate',
    tenantId,
    async (tx, tenant) => {
      await lockSync(tx, tenantId, object);
      const scope = { tenantId, object };
      const names: Names = {
        hubspot: new Set(request.hubspotId === undefined ? [] : [request.hubspotId]),
        pendo: new Set(request.pendoId === undefined ? [] : [request.pendoId]),
        keys: new Set(request.key === undefined ? [] : [request.key]),
      };
      await gatherNames(tx, scope, names);
      const hash = await ensureSuppression(tx, control.vault, tenantId);
      const texts = [
        ...[...names.hubspot].map((id) => `hubspot:${id}`),
        ...[...allKeys(names)].map((key) => `key:${key}`),
      ];
      await tx
        .insertInto('suppressions')
        .values(texts.map((text) => ({ tenant_id: tenantId, object, hash: hash(text) })))
        .onConflict((on) => on.doNothing())
        .execute();
      await tx
        .updateTable('tenants')
        .set({ epoch: tenant.epoch + 1, updated_at: sql`now()` })
        .where('id', '=', tenantId)
        .execute();
      await cancelActive(tx, tenantId);
      const erased = await erasePerson(tx, scope, names);
      // Neither ids nor hashes: the trail must not be a list of the forgotten.
      await audit(tx, caller, { tenantId, action: 'person.forgotten', subject: `sync:${object}`, after: { erased } });
      return { erased, suppressed: texts.length };
    },
    { lock: 'update' },
  );
  await afterCommit(control, 'cancel', () => control.starter.signal(tenantId, object, 'cancel'));
  return result;
}

interface Scope {
  tenantId: string;
  object: SyncObject;
}

/** Follows ids to keys and keys to ids, through everything that has put two of them together. */
async function gatherNames(tx: Tx, scope: Scope, names: Names): Promise<void> {
  const { tenantId, object } = scope;
  // Two rounds: from what was given to its partner, and from there to what that one went by.
  for (let round = 0; round < 2; round++) {
    const hubspot = [...names.hubspot];
    const keys = [...allKeys(names)];
    const { rows } = await sql<{ hubspot_id: string | null; pendo_id: string | null; key: string | null }>`
      select id::text as hubspot_id, null as pendo_id, match_key as key from hubspot_records
        where tenant_id = ${tenantId} and object = ${object} and (id = any(${hubspot}::bigint[]) or match_key = any(${keys}))
      union all
      select id::text, null, unnest(aliases) from hubspot_records
        where tenant_id = ${tenantId} and object = ${object} and id = any(${hubspot}::bigint[])
      union all
      select null, id, match_key from pendo_records
        where tenant_id = ${tenantId} and object = ${object} and (id = any(${keys}) or match_key = any(${keys}))
      union all
      select hubspot_id::text, pendo_id, null from sent_values
        where tenant_id = ${tenantId} and object = ${object} and (hubspot_id = any(${hubspot}::bigint[]) or pendo_id = any(${keys}))
      union all
      select d.hubspot_id::text, d.pendo_id, null from deliveries d join runs r on r.id = d.run_id
        where d.tenant_id = ${tenantId} and r.object = ${object}
          and (d.hubspot_id = any(${hubspot}::bigint[]) or d.pendo_id = any(${keys}))`.execute(tx);
    for (const row of rows) {
      if (row.hubspot_id !== null) names.hubspot.add(row.hubspot_id);
      if (row.pendo_id !== null) names.pendo.add(row.pendo_id);
      if (row.key !== null) names.keys.add(row.key);
    }
  }
}

/** Every join value, also as it would be compared if folded: the setting may change later. */
function allKeys(names: Names): Set<string> {
  const keys = new Set([...names.keys, ...names.pendo]);
  for (const key of [...keys]) {
    const folded = readKey(key, 'fold');
    if (folded.state === 'ok') keys.add(folded.key);
  }
  return keys;
}

async function erasePerson(tx: Tx, { tenantId, object }: Scope, names: Names): Promise<number> {
  const hubspot = [...names.hubspot];
  const pendo = [...allKeys(names)];
  const statements = [
    sql`delete from hubspot_records where tenant_id = ${tenantId} and object = ${object} and id = any(${hubspot}::bigint[])`,
    sql`delete from pendo_records where tenant_id = ${tenantId} and object = ${object} and id = any(${pendo})`,
    sql`delete from sent_values where tenant_id = ${tenantId} and object = ${object}
          and (hubspot_id = any(${hubspot}::bigint[]) or pendo_id = any(${pendo}))`,
    sql`delete from outcomes where tenant_id = ${tenantId} and object = ${object}
          and ((leg = 'pull' and (giver_id = any(${hubspot}) or partner_id = any(${pendo})))
            or (leg = 'push' and (giver_id = any(${pendo}) or partner_id = any(${hubspot}))))`,
    sql`delete from deliveries d using runs r where r.id = d.run_id and d.tenant_id = ${tenantId} and r.object = ${object}
          and (d.hubspot_id = any(${hubspot}::bigint[]) or d.pendo_id = any(${pendo}))`,
    // Cursors and borders may be the person's id.
    sql`delete from read_ranges g using runs r where r.id = g.run_id and g.tenant_id = ${tenantId} and r.object = ${object}`,
  ];
  let erased = 0;
  for (const statement of statements) erased += Number((await statement.execute(tx)).numAffectedRows ?? 0n);
  const quoted = [...hubspot, ...pendo].map((name) => JSON.stringify(name));
  // Samples of previews and of held legs.
  await sql`
    update runs set
      preview = case when exists (select from unnest(${quoted}::text[]) q where position(q in preview::text) > 0)
                     then null else preview end,
      held = coalesce((
        select jsonb_agg(case when exists (select from unnest(${quoted}::text[]) q where position(q in (h -> 'samples')::text) > 0)
                              then h - 'samples' else h end)
        from jsonb_array_elements(held) h), '[]')
    where tenant_id = ${tenantId} and object = ${object} and (preview is not null or held <> '[]')`.execute(tx);
  return erased;
}
