/** Occurrences of custom events that a run found and sent, as its counts have them. */
export interface EventCounts {
  /** Found owed by this run; of a dry run, what would be. */
  found?: number;
  sent?: number;
  refused?: number;
  /** Sent, and no answer came: looked up by a later run. */
  lost?: number;
  /** Lost ones that nobody can look up, and that are not sent again. */
  skipped?: number;
  /** Left for a later run. */
  left?: number;
  /** Why some were left. */
  ended?: 'MONTHLY_LIMIT' | 'ANSWERS_LOST';
  /** Entries that are neither read nor sent: item and reason. */
  stopped?: { source: string; id: string; name: string; reason: string }[];
}
