/** What the control plane asks of the engine. Implemented over Temporal at the composition root. */
import type { SyncObject } from '../sync/config.ts';

export interface RunStarter {
  /** Starts the workflow `sync/<tenant>/<object>` for this run. Idempotent; a sweeper repeats it where it failed. */
  start(run: { tenantId: string; object: SyncObject; runId: string }): Promise<void>;
  /** Tells a running workflow. Does nothing when none runs: the database has been told already. */
  signal(tenantId: string, object: SyncObject, signal: 'pause' | 'resume' | 'cancel'): Promise<void>;
}

export interface Schedules {
  /** Makes the schedule of one sync what the database says it should be. */
  reconcile(tenantId: string, object: SyncObject): Promise<void>;
  reconcileAll(): Promise<void>;
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
