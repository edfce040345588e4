/** What the control plane asks of the engine. Implemented over Temporal at the composition root. */
import type { SyncConfig, SyncObject } from '../sync/config.ts';

export interface RunStarter {
  /** Starts the workflow `sync/<tenant>/<object>` for this run. Idempotent; a sweeper repeats it where it failed. */
  start(run: { tenantId: string; object: SyncObject; runId: string }): Promise<void>;
  /** Has a run that waits look at the database now. Does nothing where none runs: what is wanted is recorded already. */
  lookNow(tenantId: string, object: SyncObject): Promise<void>;
}

export interface Schedules {
  /**
   * Makes the schedule of one sync what the database says it should be. Where that fails, `schedule_faults` says why until it
   * has worked.
   * @throws whatever stood in the way, after it was noted
   */
  reconcile(tenantId: string, object: SyncObject): Promise<void>;
  /** All of them; what fails for one sync is noted there and keeps nobody else from theirs. @throws when Temporal is away. */
  reconcileAll(): Promise<void>;
  /** Would Temporal take this schedule, and when would it fire? Leaves nothing behind. @throws when Temporal is away. */
  tryOut(schedule: SyncConfig['schedule']): Promise<ScheduleTrial>;
  /** When the schedules of a sync fire next, as Temporal has it. @throws when Temporal is away. */
  next(tenantId: string, object: SyncObject): Promise<NextStarts>;
}

export type ScheduleTrial = { accepted: true; next: Date[] } | { accepted: false };

/** Null: there is no such schedule, or it is paused, or it never fires again. */
export interface NextStarts {
  full: Date | null;
  delta: Date | null;
}

/** Would the schedule of the sync's full runs have fired between the two instants? Throws where there is no schedule yet. */
export type FellDue = (tenantId: string, object: SyncObject, from: Date, to: Date) => Promise<boolean>;

/** What the sweeper makes good of full runs that could not start when they were due. */
export interface DueRuns {
  /** Of syncs that were resumed: full runs that fell due while their schedules were paused become due. */
  noteMissed(): Promise<void>;
  /** Starts those whose way is free. */
  startDue(): Promise<void>;
}
