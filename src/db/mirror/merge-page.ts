/**
 * Merges one page of a read into the mirror, in one statement a side. Rows that are as they were are not touched,
 * so an unchanged scan writes nothing. What lies inside the interval that the page proves, and is not on the page,
 * is gone: it is deleted, its outcome history says so, and what was sent to it is noted as sent to nobody.
 */
import { sql } from 'kysely';
import type { SyncObject } from '../../sync/config.ts';
import { legFrom, legTo, type Vendor } from '../../sync/legs.ts';
import type { MirrorRow } from '../../sync/mirror-row.ts';
import type { Tx } from '../database.ts';
import { mirrorOf } from '../leg-sql.ts';
import { noteGone } from '../memory.ts';

export interface PageScope {
  tenantId: string;
  object: SyncObject;
  runId: string;
  /** The interval `(from, to]` that this page proves; null: unbounded; undefined: it proves nothing. */
  proves?: { from: string | null; to: string | null };
}

const shared = [
  'id',
  'key_state',
  'match_key',
  'fold_key',
  'loose_key',
  'gives',
  'holds',
  'gives_digest',
  'holds_digest',
];

function pageRows(rows: MirrorRow[]): string {
  return JSON.stringify(
    rows.map((row) => ({
      id: row.id,
      key_state: row.keyState,
      match_key: row.matchKey,
      fold_key: row.foldKey,
      loose_key: row.looseKey,
      gives: row.gives,
      holds: row.holds,
      gd: row.givesDigest,
      hd: row.holdsDigest,
      spelled_key: row.spelledKey ?? null,
      aliases: row.aliases ?? null,
      folded_aliases: row.foldedAliases ?? null,
      odd: row.unstorable ?? false,
    })),
  );
}

interface Merged {
  changed: number;
  gone: number;
}

interface SideOfMirror {
  side: Vendor;
  /** Type of its ids. */
  id: 'bigint' | 'text collate "C"';
  /** Columns that the other side does not have. */
  own: readonly string[];
}

const ofHubSpot = ['spelled_key', 'aliases', 'folded_aliases'];

/** @returns how many rows were new or changed, and how many were gone. */
export function mergeHubSpotPage(tx: Tx, scope: PageScope, rows: MirrorRow[]): Promise<Merged> {
  return mergePage(tx, scope, rows, { side: 'hubspot', id: 'bigint', own: ofHubSpot });
}

/** As `mergeHubSpotPage`. Rows with unstorable ids (column `odd`) stand outside the order: no interval proves them gone. */
export function mergePendoPage(tx: Tx, scope: PageScope, rows: MirrorRow[]): Promise<Merged> {
  return mergePage(tx, scope, rows, { side: 'pendo', id: 'text collate "C"', own: ['odd'] });
}

const sameOfHubSpot = sql.join(
  ofHubSpot.map((name) => sql`and ${sql.ref(`o.${name}`)} is not distinct from ${sql.ref(`page.${name}`)}`),
  sql` `,
);

async function mergePage(
  tx: Tx,
  scope: PageScope,
  rows: MirrorRow[],
  { side, ...mirror }: SideOfMirror,
): Promise<Merged> {
  const { tenantId, object, runId, proves } = scope;
  const { from = null, to = null } = proves ?? {};
  const table = mirrorOf(side);
  const type = sql.raw(mirror.id);
  const hubspot = side === 'hubspot';
  const columns = sql.join([...shared, ...mirror.own].map((name) => sql.ref(name)));
  const changed = sql.join(
    [...shared.slice(1), ...mirror.own].map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
  );
  const ids = rows.map((row) => row.id);
  const result = await sql<{ changed: string; gone: string }>`
    with page as materialized (
      select r.id, r.key_state, r.match_key, r.fold_key, r.loose_key, r.gives, r.holds,
             decode(r.gd, 'hex') as gives_digest, decode(r.hd, 'hex') as holds_digest,
             ${hubspot ? sql`r.spelled_key, r.aliases, r.folded_aliases` : sql`r.odd`}
      from jsonb_to_recordset(${pageRows(rows)}::jsonb)
        as r(id ${type}, key_state text, match_key text, fold_key text, loose_key text, gives jsonb, holds jsonb,
             gd text, hd text, spelled_key text, aliases text[], folded_aliases text[], odd boolean)
    ), gone as (
      delete from ${table} m
      where ${proves !== undefined} and m.tenant_id = ${tenantId} and m.object = ${object}
        ${hubspot ? sql`` : sql`and not m.odd`}
        and (${from}::${type} is null or m.id > ${from}::${type})
        and (${to}::${type} is null or m.id <= ${to}::${type})
        and m.id <> all(${ids}::${sql.raw(hubspot ? 'bigint[]' : 'text[]')})
      returning m.id
    ), recorded as (
      insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome)
      select ${tenantId}, ${object}, ${legFrom(side)}, gone.id::text, ${runId}::bigint, 'gone' from gone
      on conflict (tenant_id, object, leg, giver_id, run_id) do update set outcome = 'gone', reason = null
    ), noted as (
      ${noteGone(scope, runId, legTo(side))}
    ), known as (
      select * from ${table}
      where tenant_id = ${tenantId} and object = ${object} and id = any(${ids}::${sql.raw(hubspot ? 'bigint[]' : 'text[]')})
    ), merged as (
      insert into ${table} as m (tenant_id, object, ${columns})
      select ${tenantId}, ${object}, ${columns} from page
      where not exists (
        select from known o
        where o.id = page.id
          and o.gives_digest = page.gives_digest and o.holds_digest = page.holds_digest
          and o.key_state = page.key_state and o.match_key is not distinct from page.match_key
          and o.fold_key is not distinct from page.fold_key and o.loose_key is not distinct from page.loose_key
          ${hubspot ? sameOfHubSpot : sql``})
      on conflict (tenant_id, object, id) do update set ${changed}
      returning 1
    )
    select (select count(*) from merged) as changed, (select count(*) from gone) as gone`.execute(tx);
  return { changed: Number(result.rows[0]?.changed ?? 0), gone: Number(result.rows[0]?.gone ?? 0) };
}
