/** What the activities stand on; made once per worker process by the composition root. */
import type { Logger } from 'pino';
import type { Database, Tx } from '../db/index.ts';
import type { Reason } from '../db/schema.ts';
import type { HubSpotClient } from '../hubspot/index.ts';
import type { PendoClient } from '../pendo/index.ts';
import type { PendoSettings, SyncObject } from '../sync/config.ts';

export interface OpenedVendors {
  hubspot: HubSpotClient;
  pendo: PendoClient;
  pendoSettings: PendoSettings;
}

export interface EngineDeps {
  db: Database;
  log: Logger;
  /** Epoch ms. */
  clock: () => number;
  /** @throws VendorError of kind `unauthorised` where the tenant is not connected. */
  openVendors(
    tenantId: string,
    use: {
      runId: string;
      signal: AbortSignal;
      requestSignal: AbortSignal;
      onCall: (vendor: 'hubspot' | 'pendo', limitClass: string) => void;
    },
  ): Promise<OpenedVendors>;
  /** How forgotten ids and keys are hashed; undefined where the tenant has never forgotten anyone. */
  openSuppression(tx: Tx, tenantId: string): Promise<((text: string) => Buffer) | undefined>;
  /** Pauses the sync because a person must act. Idempotent. */
  pauseSync(tenantId: string, object: SyncObject, reason: Reason): Promise<void>;
  /** Called after a run has closed, outside its transaction: schedules follow the sync's state, alerts go out. */
  afterClose(tenantId: string, object: SyncObject, runId: string): Promise<void>;
  /** Aborted when the process is asked to go: steps finish their page and hand over. */
  draining: AbortSignal;
  /** How long a step works before it reports back. Default 45 s. */
  stepMs?: number;
  /** How long a delivery waits for what it wrote first to be readable. Default 30 s. */
  readBackMs?: number;
}
