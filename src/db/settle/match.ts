/** Which records match: equal keys, exactly one record on either side. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { SettleScope } from './scope.ts';
import { createTables, into } from './tables.ts';

export async function matchRecords(tx: Tx, { tenantId, object, config }: SettleScope): Promise<void> {
  await createTables(tx, 'matchRecords');
  await sql`
    ${into('s_keys')}
    with h as (
      select match_key, count(*)::int as n, min(id) as id from hubspot_records
      where tenant_id = ${tenantId} and object = ${object} and key_state = 'ok' group by match_key
    ), p as (
      select match_key, count(*)::int as n, min(id) as id from pendo_records
      where tenant_id = ${tenantId} and object = ${object} and key_state = 'ok' group by match_key
    )
    select match_key, coalesce(h.n, 0), coalesce(p.n, 0), h.id, p.id
    from h full join p using (match_key)`.execute(tx);
  await sql`
    ${into('s_pairs')} select hubspot_id, pendo_id, false from s_keys where hn = 1 and pn = 1`.execute(tx);
  if (config.secondaryEmails) await matchLeftoversByAlias(tx, tenantId, object);
  await sql`create unique index on s_keys (match_key)`.execute(tx);
  await sql`create unique index on s_pairs (hubspot_id)`.execute(tx);
  await sql`create unique index on s_pairs (pendo_id)`.execute(tx);
  for (const table of ['s_keys', 's_pairs', 's_linked']) await sql`analyze ${sql.table(table)}`.execute(tx);
}

/** Primaries come first; then what is left over on both sides may be linked by an additional e-mail, if by one only. */
async function matchLeftoversByAlias(tx: Tx, tenantId: string, object: string): Promise<void> {
  await sql`
    create temp table s_links on commit drop as
    with linked as (
      select distinct k.hubspot_id, p.pendo_id
      from s_keys k
      join hubspot_records h on h.tenant_id = ${tenantId} and h.object = ${object} and h.id = k.hubspot_id
      cross join lateral unnest(h.aliases) as alias
      join s_keys p on p.match_key = alias and p.pn = 1 and p.hn = 0
      where k.hn = 1 and k.pn = 0
    )
    select *, count(*) over (partition by hubspot_id) as of_hubspot, count(*) over (partition by pendo_id) as of_pendo
    from linked`.execute(tx);
  await sql`
    ${into('s_pairs')} select hubspot_id, pendo_id, true from s_links where of_hubspot = 1 and of_pendo = 1`.execute(
    tx,
  );
  await sql`
    ${into('s_linked')} select hubspot_id, pendo_id from s_links where of_hubspot > 1 or of_pendo > 1`.execute(tx);
}
