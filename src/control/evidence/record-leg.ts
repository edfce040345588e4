/** How one record stands on one leg: its outcome, since when, and why. */
import type { Leg, Reason, RunCounts } from '../../db/schema.ts';
import { whyNotCreated } from '../../sync/not-created.ts';
import type { FieldStanding, StoredRow } from './record-fields.ts';
import {
  explain,
  explainField,
  explainRefused,
  explainUnchanged,
  type MatchState,
  targetName,
} from './record-words.ts';

export interface LegStanding {
  outcome: string;
  /** The run since which it stands like this. */
  since: { run: string; at: string | null } | null;
  reason: Record<string, unknown> | null;
  explanation: string;
  fields: FieldStanding[];
}

/** A record's newest row in the outcomes. */
export interface NewestOutcome {
  outcome: string;
  run_id: string;
  as_of: Date | null;
  reason: unknown;
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

/** Nothing of the record is left here: what is known is that somebody asked for that. */
export const forgottenLeg: LegStanding = {
  outcome: 'excluded',
  since: null,
  reason: { code: 'FORGOTTEN' },
  explanation:
    'Forgotten here on request: what was stored is erased, and every run leaves the record out. To undo that, readmit it.',
  fields: [],
};

/** The newest run, if it ended before it matched records. */
function endedUnsettled({ judged, ended }: LastRuns): LastRuns['ended'] {
  if (ended === undefined || ended.settled_at !== null || ended.read_round > 1) return undefined;
  return judged === undefined || BigInt(ended.id) > BigInt(judged.id) ? ended : undefined;
}

const because = (run: NonNullable<LastRuns['ended']>): string => (run.reason ? ` ${run.reason.message}` : '');
