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
