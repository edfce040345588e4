/** The outcomes of docs/semantics.md, section 6. */

/** A source's record is in exactly one of these on each leg: the first that applies. */
export const outcomes = [
  'excluded',
  'blank',
  'invalidKey',
  'ambiguous',
  'unmatched',
  'written',
  'rejected',
  'held',
  'notReached',
  'invalidField',
  'altered',
  'kept',
  'unchanged',
] as const;
export type Outcome = (typeof outcomes)[number];

/** What became of one field of a matched pair, in the order in which they decide the record's outcome. */
export const fieldOutcomes = [
  'written',
  'rejected',
  'held',
  'notReached',
  'invalidField',
  'altered',
  'kept',
  'unchanged',
] as const satisfies readonly Outcome[];
export type FieldOutcome = (typeof fieldOutcomes)[number];

/** Lower comes first. */
export const outcomeRank: Readonly<Record<Outcome, number>> = Object.fromEntries(
  outcomes.map((outcome, rank) => [outcome, rank]),
) as Record<Outcome, number>;

/** The outcome of a matched record from those of its fields; a record without fields is unchanged. */
export function recordOutcome(fields: Iterable<FieldOutcome>): FieldOutcome {
  let first: FieldOutcome = 'unchanged';
  for (const outcome of fields) if (outcomeRank[outcome] < outcomeRank[first]) first = outcome;
  return first;
}
