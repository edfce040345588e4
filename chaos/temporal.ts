/** Temporal as an operator reaches it: asked again while it is down. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { syncId } from '../src/orchestration/names.ts';
import type { SyncObject } from '../src/sync/config.ts';

export interface Temporal {
  client: Client;
  connection: Connection;
  /** Starts the schedule of the full runs now. @returns false if Temporal did not answer in time */
  triggerFull(tenantId: string, object: SyncObject): Promise<boolean>;
}

/** Longer than an outage of Temporal. */
const patienceMs = 30_000;

export function reachTemporal(address: string): Temporal {
  const connection = Connection.lazy({ address });
  const client = new Client({ connection });
  return {
    client,
    connection,
    async triggerFull(tenantId, object) {
      for (const until = Date.now() + patienceMs; Date.now() < until; await sleep(300)) {
        try {
          const schedule = client.schedule.getHandle(syncId(tenantId, object));
          await connection.withDeadline(Date.now() + 3000, () => schedule.trigger());
          return true;
        } catch {
          // It is down, or the answer was lost; a second start is skipped while the first one works.
        }
      }
      return false;
    },
  };
}
