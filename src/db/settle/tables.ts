/**
 * What each step of settling leaves for those after it: temporary tables, which end with the transaction. A step creates its
 * tables first, and fills them in the order of the columns here.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Leg } from '../../sync/legs.ts';
import type { Tx } from '../database.ts';

const pair = { hubspot_id: 'bigint', pendo_id: 'text collate "C"' } as const;
/** A side without a partner is null. */
const record = pair;
const change = { leg: 'text', ...pair, field: 'text', held: 'jsonb', wanted: 'jsonb' } as const;
/** `owed` is among the outcomes: it is still open. */
const outcome = { outcome: 'text', partner: 'text collate "C"', reason: 'jsonb' } as const;

export const settleTables = {
  matchRecords: {
    /** Every valid key, with how many records of HubSpot and of Pendo have it, and the ids where it is one. */
    s_keys: { match_key: 'text collate "C"', hn: 'integer', pn: 'integer', ...pair },
    /** The matched. */
    s_pairs: { ...pair, by_alias: 'boolean' },
    /** Records that only additional e-mails make ambiguous. */
    s_linked: pair,
  },
  findDifferences: {
    /** Values of pairs that are not simply unchanged. `owed`: a delivery must write it. */
    s_fields: { ...change, outcome: 'text', code: 'text' },
  },
  findCreations: {
    /** What may be created: the source's record, and its values as `field -> [null, wanted]`. */
    s_creations: { leg: 'text', ...record, key: 'text collate "C"', changes: 'jsonb' },
    /** The unmatched of the source that may not, and why. */
    s_not_created: { source_id: 'text collate "C"', code: 'text' },
  },
  judgeRecords: {
    /** Every source's record of a leg. */
    s_outcomes_pull: { id: 'bigint', ...outcome },
    s_outcomes_push: { id: 'text collate "C"', ...outcome },
  },
  planDeliveries: {
    /** Targets whose match is lost, and what is to be cleared there. */
    s_clears: { leg: 'text', ...record, changes: 'jsonb' },
  },
  countNearMisses: {
    /** Look-alike keys, with the number of pairs that they would make. */
    s_near: { loose_key: 'text collate "C"', pairs: 'bigint' },
  },
  countLosses: {
    /** Owed changes that take a value away. */
    s_losses: change,
  },
} as const satisfies Record<string, Record<`s_${string}`, Record<string, string>>>;

type SettleStep = keyof typeof settleTables;
type SettleTable = { [S in SettleStep]: keyof (typeof settleTables)[S] }[SettleStep];

/** Creates the tables that a step leaves. */
export async function createTables(tx: Tx, step: SettleStep): Promise<void> {
  for (const [table, columns] of Object.entries(settleTables[step])) {
    const list = Object.entries(columns).map(([name, type]) => sql.raw(`${name} ${type}`));
    await sql`create temp table ${sql.table(table)} (${sql.join(list)}) on commit drop`.execute(tx);
  }
}

/** `insert into` one of them, with its columns in order. */
export function into(table: SettleTable): RawBuilder<unknown> {
  const columns = Object.values(settleTables).flatMap((tables) =>
    Object.entries(tables).flatMap(([name, list]) => (name === table ? Object.keys(list) : [])),
  );
  return sql`insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))})`;
}

/** The outcomes of the records of a leg's source. */
export const outcomesOf = (leg: Leg): RawBuilder<unknown> => sql.table(`s_outcomes_${leg}`);
