/**
 * Merges one page of a read into the mirror. Its rows are first compared by their digests and keys: only what differs is sent and
 * written, so an unchanged scan sends no values and writes nothing. What lies inside the interval that the page proves, and is not
 * on the page, is gone: it is deleted, its outcome history says so, and what was sent to it is noted as sent to nobody.
 */
import { type RawBuilder, sql } from 'kysely';
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

/** What identifies a row, and the digests that show whether it changed; its documents are kept beside it. */
const compared = {
  key_state: 'text',
  match_key: 'text',
  fold_key: 'text',
  loose_key: 'text',
  gives_digest: 'text',
  holds_digest: 'text',
} as const;
const documents = { gives: 'jsonb', holds: 'jsonb' } as const;
/** Columns that the other side does not have. */
const own = {
  hubspot: { spelled_key: 'text', aliases: 'text[]', folded_aliases: 'text[]' },
  pendo: { odd: 'boolean' },
} as const;
const idType = { hubspot: 'bigint', pendo: 'text collate "C"' } as const;
const digests: readonly string[] = ['gives_digest', 'holds_digest'];

/** Nulls are left out: most rows have several. */
const rowWithoutDocuments = (row: MirrorRow) => ({
  id: row.id,
  key_state: row.keyState,
  match_key: row.matchKey ?? undefined,
  fold_key: row.foldKey ?? undefined,
  loose_key: row.looseKey ?? undefined,
  gives_digest: row.givesDigest,
  holds_digest: row.holdsDigest,
  spelled_key: row.spelledKey ?? undefined,
  aliases: row.aliases ?? undefined,
  folded_aliases: row.foldedAliases ?? undefined,
  odd: row.unstorable ?? false,
});

interface Merged {
  changed: number;
  gone: number;
}

/** @returns how many rows were new or changed, and how many were gone. */
export function mergeHubSpotPage(tx: Tx, scope: PageScope, rows: MirrorRow[]): Promise<Merged> {
  return mergePage(tx, scope, rows, 'hubspot');
}

/** As `mergeHubSpotPage`. Rows with unstorable ids (column `odd`) stand outside the order: no interval proves them gone. */
export function mergePendoPage(tx: Tx, scope: PageScope, rows: MirrorRow[]): Promise<Merged> {
  return mergePage(tx, scope, rows, 'pendo');
}

async function mergePage(tx: Tx, scope: PageScope, rows: MirrorRow[], side: Vendor): Promise<Merged> {
  const { news, gone } = await compare(tx, scope, rows, side);
  if (news.length > 0) await store(tx, scope, news, side);
  return { changed: news.length, gone };
}

/** Rows of JSON with these columns, as `name`. */
function recordset(name: string, json: string, side: Vendor, columns: Readonly<Record<string, string>>) {
  const list = Object.entries({ id: idType[side], ...columns }).map(([column, type]) => sql.raw(`${column} ${type}`));
  return sql`jsonb_to_recordset(${json}::jsonb) as ${sql.raw(name)}(${sql.join(list)})`;
}

/** A column of such a row, as the mirror keeps it. */
const kept = (row: string, column: string): RawBuilder<unknown> =>
  sql.raw(digests.includes(column) ? `decode(${row}.${column}, 'hex')` : `${row}.${column}`);

/** Deletes what is gone, and finds which rows are new or others than they were. */
async function compare(
  tx: Tx,
  scope: PageScope,
  rows: MirrorRow[],
  side: Vendor,
): Promise<{ news: MirrorRow[]; gone: number }> {
  const { tenantId, object, runId, proves } = scope;
  const { from = null, to = null } = proves ?? {};
  const table = mirrorOf(side);
  const type = sql.raw(idType[side]);
  const ids = sql`${rows.map((row) => row.id)}::${sql.raw(side === 'hubspot' ? 'bigint[]' : 'text[]')}`;
  // An id that stands for another is no news by that: it is another id.
  const columns = { ...compared, ...(side === 'hubspot' ? own.hubspot : {}) };
  const same = sql.join(
    Object.keys(columns).map((column) => sql`${sql.ref(`o.${column}`)} is not distinct from ${kept('page', column)}`),
    sql` and `,
  );
  const result = await sql<{ news: number[]; gone: string }>`
    with gone as (
      delete from ${table} m
      where ${proves !== undefined} and m.tenant_id = ${tenantId} and m.object = ${object}
        ${side === 'hubspot' ? sql`` : sql`and not m.odd`}
        and (${from}::${type} is null or m.id > ${from}::${type})
        and (${to}::${type} is null or m.id <= ${to}::${type})
        and m.id <> all(${ids})
      returning m.id
    ), recorded as (
      insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome)
      select ${tenantId}, ${object}, ${legFrom(side)}, gone.id::text, ${runId}::bigint, 'gone' from gone
      on conflict (tenant_id, object, leg, giver_id, run_id) do update set outcome = 'gone', reason = null
    ), noted as (
      ${noteGone(scope, runId, legTo(side))}
    ), known as (
      select id, ${sql.join(Object.keys(columns).map((column) => sql.ref(column)))} from ${table}
      where tenant_id = ${tenantId} and object = ${object} and id = any(${ids})
    )
    select (select count(*) from gone) as gone, array(
      select page.place
      from ${recordset(
        'page',
        JSON.stringify(rows.map((row, place) => ({ place, ...rowWithoutDocuments(row) }))),
        side,
        {
          place: 'integer',
          ...columns,
        },
      )}
      where not exists (select from known o where o.id = page.id and ${same})) as news`.execute(tx);
  return {
    news: (result.rows[0]?.news ?? []).map((place) => rows[place] as MirrorRow),
    gone: Number(result.rows[0]?.gone ?? 0),
  };
}

async function store(tx: Tx, { tenantId, object }: PageScope, rows: MirrorRow[], side: Vendor): Promise<void> {
  const columns = { ...compared, ...documents, ...own[side] };
  const names = sql.join(['id', ...Object.keys(columns)].map((column) => sql.ref(column)));
  const json = JSON.stringify(rows.map((row) => ({ ...rowWithoutDocuments(row), gives: row.gives, holds: row.holds })));
  const changed = Object.keys(columns).map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  await sql`
    insert into ${mirrorOf(side)} (tenant_id, object, ${names})
    select ${tenantId}, ${object}, page.id, ${sql.join(Object.keys(columns).map((column) => kept('page', column)))}
    from ${recordset('page', json, side, columns)}
    on conflict (tenant_id, object, id) do update set ${sql.join(changed)}`.execute(tx);
}
