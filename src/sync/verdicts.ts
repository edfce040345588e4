/** What an account answered when it was asked whether an assumption about its vendor holds. */

/** `unknown`: the account has nothing by which to tell, or does not answer this question. */
export type VerdictState = 'proved' | 'disproved' | 'unknown';

export interface Verdict {
  state: VerdictState;
  /** What the account answered, in counts and dates: never an id or a value. */
  evidence: string;
}

/** A stored answer. */
export interface Answered extends Verdict {
  /** ISO 8601. */
  at: string;
}

/** By the assumption's id. */
export type Answers = Record<string, Answered>;
