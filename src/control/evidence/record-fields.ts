/** Field by field: what a record's source holds, what its target holds, and what would be written. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { longestShown } from '../../db/page-weight.ts';
import type { Leg, SentValue } from '../../db/schema.ts';
import { triedAgainAfter } from '../../db/settle/index.ts';
import { settleFields } from '../../db/settle/scope.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import { targetOf } from '../../sync/legs.ts';
import { namedPull, pushDefinitions, targetsOf } from '../../sync/mapping.ts';
import { type Canon, isKeeping, type Plan, type StopReason, type ValueType } from '../../sync/types.ts';

/**
 * `stopped`: its definition is gone or another one. `notRead`: the vendor left it out of what was read. `notCompared`: mapped
 * since the last run.
 */
export const withheldReasons = ['keep', 'invalid', 'alreadySent', 'stopped', 'notRead', 'notCompared'] as const;
export type Withheld = (typeof withheldReasons)[number];

export interface FieldStanding {
  field: string;
  holds: unknown;
  wants: unknown;
  /** Would be written if a run went now. */
  owed: boolean;
  /** Why a difference is not written. */
  withheld?: Withheld;
  /** Why a stopped field takes no part. */
  stopped?: StopReason;
  lastSent?: { value: string | null; at: string; confirmed: boolean };
}

/** A record as the mirror has it. */
export interface StoredRow {
  id: string;
  key_state: 'ok' | 'blank' | 'invalid' | 'excluded';
  match_key: string | null;
  loose_key: string | null;
  gives: Record<string, Canon>;
  holds: Record<string, Canon>;
}

/** Of what the comparison of a record depends besides the two records. */
export interface ComparedUnder {
  tenantId: string;
  object: SyncObject;
  plan: Plan;
  /** The version of the mapping that the plan was made from. */
  planVersion: number;
  /** As the sync has it now: the next run goes by it. */
  config: SyncConfig;
  version: number;
  pendoCanClear: (type: ValueType) => boolean;
  /** Epoch ms. */
  now: number;
}

export async function compareFields(
  tx: Tx,
  leg: Leg,
  under: ComparedUnder,
  source: StoredRow,
  target: StoredRow,
): Promise<FieldStanding[]> {
  const { plan, config, pendoCanClear } = under;
  const sent = await lastSent(tx, leg, under, target.id);
  const age = config.settleMinutes[targetOf(leg)] * 60_000;
  const rules = new Map(
    settleFields({ plan, pendoCanClear }).flatMap((each) => (each.leg === leg ? [[each.field, each.nothing]] : [])),
  );
  const planned = new Map(plan[leg].map(({ property, stopped }) => [property, stopped]));
  return mappedFields(leg, under).map((field): FieldStanding => {
    const silent = { field, holds: null, wants: null, owed: false };
    const stopped = planned.get(field);
    if (stopped !== undefined) return { ...silent, withheld: 'stopped', stopped };
    if (!planned.has(field)) return { ...silent, withheld: 'notCompared' };
    if (!(field in source.gives && field in target.holds)) return { ...silent, withheld: 'notRead' };
    const given = source.gives[field]!;
    const keeps = isKeeping(given);
    const nothing = keeps ? 'keep' : rules.get(field);
    const wants = keeps ? null : given;
    const holds = target.holds[field]!;
    const last = sent(field);
    const lastSent = last && { value: last.v, at: new Date(last.at).toISOString(), confirmed: last.c };
    const standing = { field, holds, wants, ...(lastSent && { lastSent }) };
    if (wants !== null && typeof wants === 'object') return { ...standing, owed: false, withheld: 'invalid' };
    if (wants === holds) return { ...standing, owed: false };
    if (wants === null && nothing === 'keep') return { ...standing, owed: false, withheld: 'keep' };
    // The target took this value and shows another: it comes late, or the vendor stores it differently.
    if (last && !last.c && last.v === wants) {
      const young = last.at > under.now - age;
      const same = (last.k ?? 1) > 1 && isDeepStrictEqual(last.s ?? null, holds);
      const due = last.n !== under.version || last.at <= under.now - triedAgainAfter;
      if (young || (same && !due)) return { ...standing, owed: false, withheld: 'alreadySent' };
    }
    return { ...standing, owed: true };
  });
}

/** By their HubSpot properties: what the sync maps now. The plan of this very mapping knows best. */
function mappedFields(leg: Leg, { object, config, version, plan, planVersion }: ComparedUnder): string[] {
  const mapped = leg === 'pull' ? namedPull(config.pull) : pushDefinitions(object, config);
  return (version === planVersion ? plan[leg] : mapped).map(({ property }) => property);
}

/** What is remembered of a target, field by field. Rows of several pairs: the newest word on each field counts. */
async function lastSent(
  tx: Tx,
  leg: Leg,
  { tenantId, object, plan, config }: ComparedUnder,
  targetId: string,
): Promise<(field: string) => SentValue | undefined> {
  const rows = await tx
    .selectFrom('sent_values')
    .select(sql<Record<string, SentValue>>`cut_values(fields, ${longestShown})`.as('fields'))
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('leg', '=', leg)
    .where(leg === 'pull' ? 'pendo_id' : 'hubspot_id', '=', targetId)
    .execute();
  const entries = rows.flatMap(({ fields }) => Object.entries(fields)).sort(([, a], [, b]) => b.at - a.at);
  const targets = targetsOf(plan, config);
  return (field) =>
    entries.find(([key, { f }]) => (f === undefined || leg === 'push' ? key === field : f === targets[field]))?.[1];
}
