/** What goes through workflow history: ids of ours, numbers, and words from closed sets. Nothing else. */
export type { RunRef } from '../sync/refs.ts';

/** What a run waits for, and why. */
export interface WaitCause {
  of: 'hubspot' | 'pendo' | 'database';
  why: 'limit' | 'quota' | 'outage' | 'operator';
}

/** How far a run is, to be shown in Temporal. */
export interface Figures {
  read?: { hubspot?: number; pendo?: number };
  delivered?: { pull?: AnsweredRows; push?: AnsweredRows };
}
interface AnsweredRows {
  accepted: number;
  rejected: number;
}

/** `figures` and `cause` are for show: a worker of an earlier version does not report them. */
export type StepResult = { figures?: Figures } & (
  | { kind: 'done' }
  /** The time box is over, or the worker is going down: more to do. */
  | { kind: 'again'; progressed: boolean }
  /** Come back at `until` (epoch ms). A `fault` counts against the run's give-up time unless there was progress. */
  | { kind: 'wait'; until: number; fault: boolean; progressed: boolean; cause?: WaitCause }
  | { kind: 'stopped'; by: 'pause' | 'cancel' | 'gone' }
  /** Only a person can fix this; the reason is in the run's row. */
  | { kind: 'blocked'; code: string }
  /** What was read is too old to be written: read again. */
  | { kind: 'stale' }
);

export interface SettleResult {
  owed: { pull: number; push: number };
  held: { pull: boolean; push: boolean };
  /** Not reported by a worker of an earlier version. */
  heldBy?: { pull?: 'values' | 'counts' | 'creations'; push?: 'values' | 'counts' | 'creations' };
  matched?: number;
}

/** How the workflow ended; `closeRun` turns it into the run's final state. */
export type Ending =
  | { kind: 'finished' }
  | { kind: 'cancelled' }
  | { kind: 'blocked'; code: string }
  /** Faults for longer than the give-up time. */
  | { kind: 'exhausted' }
  | { kind: 'fault' };
