/** How one record stands on one leg: its outcome in words, and field by field what would be written. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { longestShown } from '../../db/page-weight.ts';
import type { Leg, Reason, RunCounts, SentValue } from '../../db/schema.ts';
import { triedAgainAfter } from '../../db/settle/index.ts';
import { settleFields } from '../../db/settle/scope.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import { sourceOf, targetOf, vendorNames } from '../../sync/legs.ts';
import { namedPull, pushDefinitions, targetsOf } from '../../sync/mapping.ts';
import { whyNotCreated } from '../../sync/not-created.ts';
import { type Canon, isKeeping, type Plan, type StopReason } from '../../sync/types.ts';

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

export interface LegStanding {
  outcome: string;
  /** The run since which it stands like this. */
  since: { run: string; at: string | null } | null;
  reason: Record<string, unknown> | null;
  explanation: string;
  fields: FieldStanding[];
}

export type MatchState = 'matched' | 'blank' | 'invalidKey' | 'excluded' | 'ambiguous' | 'unmatched' | 'unknown';

export interface StoredRow {
  id: string;
  key_state: 'ok' | 'blank' | 'invalid' | 'excluded';
  match_key: string | null;
  loose_key: string | null;
  gives: Record<string, Canon>;
  holds: Record<string, Canon>;
}

/** A record's newest row in the outcomes. */
export interface NewestOutcome {
  outcome: string;
  run_id: string;
  as_of: Date | null;
  reason: unknown;
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
  pendoCanClear: boolean;
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

/** Of the sync's runs that were no dry ones. */
export interface LastRuns {
  /** The last that settled. */
  judged: { id: string } | undefined;
  /** The last that ended. */
  ended:
    | {
        id: string;
        settled_at: Date | null;
        read_round: number;
        reason: Reason | null;
        counts: RunCounts;
        as_of: Date | null;
      }
    | undefined;
}

export interface LegFacts {
  /** The leg's source; undefined: it is not in the mirror. */
  source: StoredRow | undefined;
  newest: NewestOutcome | undefined;
  runs: LastRuns;
  match: MatchState;
  fields: FieldStanding[];
  refused: readonly string[];
  /** The record that was asked for is the leg's source. */
  own: boolean;
}

export function describeLeg(leg: Leg, { source, newest, runs, match, fields, refused, own }: LegFacts): LegStanding {
  const unsettled = endedUnsettled(runs);
  const judged = newest?.outcome === 'gone' && source !== undefined ? undefined : newest;
  // It had read something: whoever could have had a partner was not reached.
  const reading = unsettled !== undefined && Object.keys(unsettled.counts.legs?.[leg] ?? {}).length > 0;
  if (reading && source?.key_state === 'ok') {
    return {
      outcome: 'notReached',
      since: { run: unsettled.id, at: unsettled.as_of?.toISOString() ?? null },
      reason: unsettled.reason && { code: unsettled.reason.code, message: unsettled.reason.message },
      explanation: `${explain(leg, 'notReached', match, own)}${because(unsettled)}`,
      fields,
    };
  }
  const outcome =
    judged === undefined
      ? 'unknown'
      : judged.outcome === 'written' && judged.run_id !== runs.judged?.id
        ? 'unchanged'
        : judged.outcome;
  const reason = (judged?.reason as Record<string, unknown> | null | undefined) ?? null;
  const created = outcome === 'unmatched' ? whyNotCreated(reason?.code) : undefined;
  return {
    outcome,
    since: judged === undefined ? null : { run: judged.run_id, at: judged.as_of?.toISOString() ?? null },
    reason,
    explanation: [
      outcome === 'written' && match === 'unmatched'
        ? `The last run created the record in ${targetName(leg)}. The next run matches the two.`
        : outcome === 'unchanged'
          ? explainUnchanged(leg, match, own, fields)
          : explain(leg, outcome, match, own),
      ...(outcome === 'written' ? [explainRefused(leg, refused)] : []),
      ...(created === undefined ? [] : [created]),
      ...fields.map((field) => explainField(leg, field)),
      ...(unsettled === undefined || source === undefined
        ? []
        : [`Run ${unsettled.id} came after that and judged no record.${because(unsettled)}`]),
    ]
      .filter(Boolean)
      .join(' '),
    fields,
  };
}

/** The newest run, where it ended before it knew who belongs to whom. */
function endedUnsettled({ judged, ended }: LastRuns): LastRuns['ended'] {
  if (ended === undefined || ended.settled_at !== null || ended.read_round > 1) return undefined;
  return judged === undefined || BigInt(ended.id) > BigInt(judged.id) ? ended : undefined;
}

const because = (run: NonNullable<LastRuns['ended']>): string => (run.reason ? ` ${run.reason.message}` : '');

const targetName = (leg: Leg): string => vendorNames[targetOf(leg)];

function explainUnchanged(leg: Leg, match: MatchState, own: boolean, fields: FieldStanding[]): string {
  const apart = fields.filter(isNotCompared).length;
  if (apart === 0) return explain(leg, 'unchanged', match, own);
  return apart === fields.length
    ? 'None of its fields is compared.'
    : `Of the fields that are compared, ${targetName(leg)} holds what it should.`;
}

const isNotCompared = ({ withheld }: FieldStanding): boolean =>
  withheld === 'stopped' || withheld === 'notRead' || withheld === 'notCompared';

/** A sentence for a field that the last run did not compare. */
function explainField(leg: Leg, { field, withheld, stopped }: FieldStanding): string | undefined {
  if (stopped !== undefined) return explainStopped(leg, field, stopped);
  if (withheld === 'notRead') return `Not known: ${field}, which was left out of what was read.`;
  return withheld === 'notCompared' ? `Mapped since the last run, and compared by the next: ${field}.` : undefined;
}

function explainStopped(leg: Leg, field: string, reason: StopReason): string {
  const source = leg === 'pull' ? 'HubSpot no longer has the property' : 'Pendo no longer has what it is read from';
  const other = leg === 'pull' ? 'the property' : 'the field in Pendo';
  const why: Record<StopReason, string> = {
    gone: `${source}. It resumes by itself when that is back`,
    typeChanged: `${other} has another type than before. It resumes by itself when the type is back; editing the mapping accepts the new type`,
    unmappable: `the type of ${other} cannot be mapped. Map another one, or change its type`,
    takerType: `${targetName(leg)} has a field of this name with another type. It resumes by itself when the type is right`,
    readOnly: 'HubSpot does not let the property be written. It resumes by itself when it can be',
  };
  return `Stopped, and neither compared nor sent: ${field}, because ${why[reason]}.`;
}

/** Nothing of the record is left here: what is known is that somebody asked for that. */
export const forgottenLeg: LegStanding = {
  outcome: 'excluded',
  since: null,
  reason: { code: 'FORGOTTEN' },
  explanation:
    'Forgotten here on request: what was stored is erased, and every run leaves the record out. To undo that, readmit it.',
  fields: [],
};

function explainRefused(leg: Leg, refused: readonly string[]): string {
  if (refused.length === 0) return '';
  const target = targetName(leg);
  return `${target} refused ${refused.join(', ')} for the whole run; that is owed in the next.`;
}

function explain(leg: Leg, outcome: string, match: MatchState, own: boolean): string {
  const source = `${vendorNames[sourceOf(leg)]} record`;
  const target = targetName(leg);
  const words: Record<string, string> = {
    unknown: explainUnknown(source, match, own),
    gone: `The ${source} is no longer there.`,
    excluded: 'The record is excluded: it is marked do-not-process in Pendo, or forgotten here.',
    blank: `The ${source} has no join value.`,
    invalidKey: 'The join value holds characters that cannot be stored, or is too long.',
    ambiguous: 'Several records share this join value, so none of them is written.',
    unmatched: 'No record of the other side has this join value.',
    written: `The last run wrote to ${target}.`,
    rejected: `${target} refused what was sent; it is owed in the next run.`,
    held: 'A guard held this leg: the run waits for approval.',
    notReached: 'The run ended before it came to this record; it is owed in the next run.',
    invalidField: `A value of the ${source} cannot be sent.`,
    altered: `${target} was sent this value twice and shows another one both times: it stores it differently. It is sent again when the value or the configuration changes, in a retry, and after 30 days.`,
    kept: `The ${source} has nothing, and the setting keeps what ${target} holds.`,
    unchanged: `${target} holds what it should.`,
  };
  return words[outcome] ?? outcome;
}

function explainUnknown(source: string, match: MatchState, own: boolean): string {
  if (match === 'unknown') {
    return own
      ? `The last full run did not find this ${source}. If it is new, or was readmitted after it had been forgotten, the next full run reads it.`
      : `It is not known which ${source} this record belongs to: the record itself was not read.`;
  }
  return own || match === 'matched'
    ? `This ${source} was read after the last run that compared records. The next run judges it.`
    : `There is no ${source} that this record belongs to.`;
}
