/**
 * Who belongs to whom: equal keys, exactly one record on either side. Leaves `s_keys` (every valid key with its
 * numbers of holders), `s_pairs` (the matched) and `s_linked` (records that only additional e-mails make ambiguous).
 */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { SettleScope } from './scope.ts';

export async function matchRecords(tx: Tx, { tenantId, object, config }: SettleScope): Promise<void> {
  await sql`
    create temp table s_keys on commit drop as
    with h as (
      select match_key, count(*)::int as n, min(id) as id from hubspot_records
      where tenant_id = ${tenantId} and object = ${object} and key_state = 'ok' group by match_key
    ), p as (
      select match_key, count(*)::int as n, min(id) as id from pendo_records
      where tenant_id = ${tenantId} and object = ${object} and key_state = 'ok' group by match_key
    )
    select match_key, coalesce(h.n, 0) as hn, coalesce(p.n, 0) as pn, h.id as hubspot_id, p.id as pendo_id
    from h full join p using (match_key)`.execute(tx);
  await sql`
    create temp table s_pairs on commit drop as
    select hubspot_id, pendo_id, false as by_alias from s_keys where hn = 1 and pn = 1`.execute(tx);
  await sql`create temp table s_linked (hubspot_id bigint, pendo_id text collate "C") on commit drop`.execute(tx);
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
    insert into s_pairs select hubspot_id, pendo_id, true from s_links where of_hubspot = 1 and of_pendo = 1`.execute(
    tx,
  );
  await sql`
    insert into s_linked select hubspot_id, pendo_id from s_links where of_hubspot > 1 or of_pendo > 1`.execute(tx);
}
