/** Ids that go together. */
import type { SyncObject } from './config.ts';

/** One sync of a tenant. */
export interface SyncRef {
  tenantId: string;
  object: SyncObject;
}

/** One run of a sync. */
export interface RunRef extends SyncRef {
  runId: string;
}
