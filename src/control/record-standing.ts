/** How one record stands on one leg: its outcome in words, and field by field what would be written. */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { longestShown } from '../db/page-weight.ts';
import type { Leg, SentValue } from '../db/schema.ts';
import { triedAgainAfter } from '../db/settle/index.ts';
import { settleFields } from '../db/settle/scope.ts';
import type { SyncConfig, SyncObject } from '../sync/config.ts';
import { takersOf } from '../sync/mapping.ts';
import { whyNotCreated } from '../sync/not-created.ts';
import type { Canon, Plan } from '../sync/types.ts';

export interface FieldStanding {
  field: string;
  holds: unknown;
  wants: unknown;
  /** Would be written if a run went now. */
  owed: boolean;
  /** Why a difference is not written. */
  withheld?: 'keep' | 'invalid' | 'alreadySent';
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

export interface MirrorRow {
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
  giver: MirrorRow,
  taker: MirrorRow,
): Promise<FieldStanding[]> {
  const { plan, config, pendoCanClear } = under;
  const sent = await lastSent(tx, leg, under, taker.id);
  const age = config.settleMinutes[leg === 'pull' ? 'pendo' : 'hubspot'] * 60_000;
  return settleFields({ plan, pendoCanClear })
    .filter((field) => field.leg === leg && field.field in giver.gives && field.field in taker.holds)
    .map(({ field, nothing }): FieldStanding => {
      const wants = giver.gives[field]!;
      const holds = taker.holds[field]!;
      const last = sent(field);
      const lastSent = last && { value: last.v, at: new Date(last.at).toISOString(), confirmed: last.c };
      const standing = { field, holds, wants, ...(lastSent && { lastSent }) };
      if (wants !== null && typeof wants === 'object') return { ...standing, owed: false, withheld: 'invalid' };
      if (wants === holds) return { ...standing, owed: false };
      if (wants === null && nothing === 'keep') return { ...standing, owed: false, withheld: 'keep' };
      // The target took this value and shows another: it comes late, or the vendor stores it differently.
      if (last && !last.c && last.v === wants) {
        const young = last.at > under.now - age;
        const same = (last.k ?? 1) > 1 && JSON.stringify(last.s ?? null) === JSON.stringify(holds);
        const due = last.n !== under.version || last.at <= under.now - triedAgainAfter;
        if (young || (same && !due)) return { ...standing, owed: false, withheld: 'alreadySent' };
      }
      return { ...standing, owed: true };
    });
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
  const takers = takersOf(plan, config);
  return (field) =>
    entries.find(([key, { f }]) => (f === undefined || leg === 'push' ? key === field : f === takers[field]))?.[1];
}

export function describeLeg(
  leg: Leg,
  newest: NewestOutcome | undefined,
  lastRun: string | undefined,
  match: MatchState,
  fields: FieldStanding[],
  refused: readonly string[] = [],
): LegStanding {
  const outcome =
    newest === undefined
      ? 'unknown'
      : newest.outcome === 'written' && newest.run_id !== lastRun
        ? 'unchanged'
        : newest.outcome;
  const created =
    outcome === 'unmatched' ? whyNotCreated((newest?.reason as { code?: unknown } | null)?.code) : undefined;
  return {
    outcome,
    since: newest === undefined ? null : { run: newest.run_id, at: newest.as_of?.toISOString() ?? null },
    reason: (newest?.reason as Record<string, unknown> | null | undefined) ?? null,
    explanation: [
      explain(leg, outcome, match) + (outcome === 'written' ? explainRefused(leg, refused) : ''),
      ...(created === undefined ? [] : [created]),
    ].join(' '),
    fields,
  };
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
  const taker = leg === 'pull' ? 'Pendo' : 'HubSpot';
  return ` ${taker} refused ${refused.join(', ')} for the whole run; that is owed in the next.`;
}

function explain(leg: Leg, outcome: string, match: MatchState): string {
  const giver = leg === 'pull' ? 'HubSpot record' : 'Pendo record';
  const taker = leg === 'pull' ? 'Pendo' : 'HubSpot';
  const words: Record<string, string> = {
    unknown:
      match === 'matched' || match === 'unknown'
        ? `No run has judged this ${giver} yet.`
        : `There is no ${giver} that this record belongs to.`,
    gone: `The ${giver} is no longer there.`,
    excluded: 'The person is excluded: marked do-not-process in Pendo, or forgotten here.',
    blank: `The ${giver} has no join value.`,
    invalidKey: 'The join value holds characters that cannot be stored, or is too long.',
    ambiguous: 'Several records share this join value, so none of them is written.',
    unmatched: 'No record of the other side has this join value.',
    written: `The last run wrote to ${taker}.`,
    rejected: `${taker} refused what was sent; it is owed in the next run.`,
    held: 'A guard held this leg: the run waits for approval.',
    notReached: 'The run ended before it came to this record; it is owed in the next run.',
    invalidField: `A value of the ${giver} cannot be sent.`,
    altered: `${taker} was sent this value twice and shows another one both times: it stores it differently. It is sent again when the value or the configuration changes, in a retry, and after 30 days.`,
    kept: `The ${giver} has nothing, and the setting keeps what ${taker} holds.`,
    unchanged: `${taker} holds what it should.`,
  };
  return words[outcome] ?? outcome;
}
