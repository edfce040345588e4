/** Whom a request to forget is about: every name that is known here of the person, and every row that has one of them. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { idsThatLookLike } from '../../db/mirror/looks-like.ts';
import { foldedKey, looseKey, spellingsOf } from '../../sync/join-key.ts';
import type { SyncRef } from '../../sync/refs.ts';
import { storedId } from '../../sync/stored-id.ts';
import { textFault } from '../../sync/text.ts';
import type { Counts } from './erasures.ts';

/** Any of the names that the person goes by. At least one. */
export interface ForgetRequest {
  hubspotId?: string | undefined;
  pendoId?: string | undefined;
  /** A join value, where no record is at hand. */
  key?: string | undefined;
}

export interface Names {
  hubspot: Set<string>;
  pendo: Set<string>;
  /** Join values and additional e-mails, as they were read. */
  keys: Set<string>;
}

/**
 * Follows ids to keys and keys to ids, through everything that has put two of them together. A key stands for all of its
 * spellings, and an additional e-mail for the contact that has it.
 */
export async function gatherNames(tx: Tx, scope: SyncRef, request: ForgetRequest): Promise<Names> {
  const { tenantId, object } = scope;
  const given = (name: string | undefined): Set<string> => new Set(name === undefined ? [] : [name]);
  const names: Names = { hubspot: given(request.hubspotId), pendo: given(request.pendoId), keys: given(request.key) };
  // Two rounds: from what was given to its partner, and from there to what that one went by.
  for (let round = 0; round < 2; round++) {
    const hubspot = [...names.hubspot];
    const texts = textsOf(names);
    const folded = [...new Set(texts.map(foldedKey))];
    const loose = [...new Set(texts.map(looseKey))];
    const sameKey = sql`
      match_key = any(${texts}) or fold_key = any(${folded}) or coalesce(loose_key, fold_key) = any(${loose})`;
    const looks = { keys: texts, folded, loose };
    const { rows } = await sql<{ hubspot_id: string | null; pendo_id: string | null; key: string | null }>`
      with contacts as materialized (
        select id, match_key, spelled_key, aliases from hubspot_records
        where tenant_id = ${tenantId} and object = ${object}
          and (id = any(${hubspot}::bigint[]) or ${sameKey} or coalesce(folded_aliases, aliases) && ${folded}::text[])
          and id in (select unnest(${hubspot}::bigint[]) union ${idsThatLookLike(scope, 'hubspot', looks)})
      )
      select id::text as hubspot_id, null as pendo_id, match_key as key from contacts
      union all select null, null, spelled_key from contacts
      union all select null, null, unnest(aliases) from contacts
      union all
      select null, id, match_key from pendo_records
        where tenant_id = ${tenantId} and object = ${object} and (id = any(${texts}) or ${sameKey})
          and id in (select unnest(${texts}::text[]) union ${idsThatLookLike(scope, 'pendo', looks)})
      union all
      select hubspot_id::text, pendo_id, null from sent_values
        where tenant_id = ${tenantId} and object = ${object} and (hubspot_id = any(${hubspot}::bigint[]) or pendo_id = any(${texts}))
      union all
      select hubspot_id::text, pendo_id, null from event_occurrences
        where tenant_id = ${tenantId} and object = ${object} and (hubspot_id = any(${hubspot}::bigint[]) or pendo_id = any(${texts}))
      union all
      select d.hubspot_id::text, d.pendo_id, null from deliveries d join runs r on r.id = d.run_id
        where d.tenant_id = ${tenantId} and r.object = ${object}
          and (d.hubspot_id = any(${hubspot}::bigint[]) or d.pendo_id = any(${texts}))`.execute(tx);
    for (const row of rows) {
      if (row.hubspot_id !== null) names.hubspot.add(row.hubspot_id);
      if (row.pendo_id !== null) names.pendo.add(row.pendo_id);
      if (row.key !== null) names.keys.add(row.key);
    }
  }
  return names;
}

/** Every text by which a row may name the person, as PostgreSQL holds it. */
function textsOf({ pendo, keys }: Names): string[] {
  const texts = new Set([...pendo].map(storedId));
  for (const key of [...pendo, ...keys].flatMap(spellingsOf)) if (textFault(key) === null) texts.add(key);
  return [...texts];
}

/** @returns how many rows are gone, by table. */
export async function erasePerson(tx: Tx, { tenantId, object }: SyncRef, names: Names): Promise<Counts> {
  const hubspot = [...names.hubspot];
  const pendo = textsOf(names);
  const seen = [...hubspot.map((id) => `hubspot:${id}`), ...pendo.map((id) => `pendo:${id}`)];
  const statements = {
    hubspot_records: sql`delete from hubspot_records where tenant_id = ${tenantId} and object = ${object} and id = any(${hubspot}::bigint[])`,
    pendo_records: sql`delete from pendo_records where tenant_id = ${tenantId} and object = ${object} and id = any(${pendo})`,
    sent_values: sql`delete from sent_values where tenant_id = ${tenantId} and object = ${object}
          and (hubspot_id = any(${hubspot}::bigint[]) or pendo_id = any(${pendo}))`,
    outcomes: sql`delete from outcomes where tenant_id = ${tenantId} and object = ${object}
          and ((leg = 'pull' and (giver_id = any(${hubspot}) or partner_id = any(${pendo})))
            or (leg = 'push' and (giver_id = any(${pendo}) or partner_id = any(${hubspot}))))`,
    deliveries: sql`delete from deliveries d using runs r where r.id = d.run_id and d.tenant_id = ${tenantId} and r.object = ${object}
          and (d.hubspot_id = any(${hubspot}::bigint[]) or d.pendo_id = any(${pendo}))`,
    run_records: sql`delete from run_records where tenant_id = ${tenantId}
          and ((side = 'hubspot' and id = any(${hubspot})) or (side = 'pendo' and id = any(${pendo})))
          and run_id in (select id from runs where tenant_id = ${tenantId} and object = ${object})`,
    filed_elsewhere: sql`delete from filed_elsewhere where tenant_id = ${tenantId} and object = ${object}
          and ((leg = 'pull' and source_id = any(${hubspot})) or (leg = 'push' and source_id = any(${pendo}))
            or key = any(${pendo}))`,
    event_occurrences: sql`delete from event_occurrences where tenant_id = ${tenantId} and object = ${object}
          and (hubspot_id = any(${hubspot}::bigint[]) or next_hubspot_id = any(${hubspot}::bigint[]) or pendo_id = any(${pendo}))`,
    event_days: sql`delete from event_days where tenant_id = ${tenantId} and pendo_id = any(${pendo})`,
    // Cursors and borders may be the person's id.
    read_ranges: sql`delete from read_ranges g using runs r where r.id = g.run_id and g.tenant_id = ${tenantId} and r.object = ${object}`,
    seen_ids: sql`delete from seen_ids where tenant_id = ${tenantId} and id = any(${seen})`,
    excluded_visitors: sql`delete from excluded_visitors where tenant_id = ${tenantId} and visitor_id = any(${pendo})`,
  };
  const counts: Counts = {};
  for (const [table, statement] of Object.entries(statements)) {
    const gone = Number((await statement.execute(tx)).numAffectedRows ?? 0n);
    if (gone > 0) counts[table] = gone;
  }
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
  return counts;
}
