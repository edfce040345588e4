/** Keeps runs going: as soon as a sync has none, the next is asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../demo/api.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { ifPossible } from './patient-api.ts';
import type { ChaosTenant } from './tenants.ts';

/** @returns what ends it, when nobody is asking any more */
export function keepRunning(api: Api, tenants: readonly ChaosTenant[]): () => Promise<void> {
  let going = true;
  const drive = async (tenant: ChaosTenant, object: SyncObject): Promise<void> => {
    let asked = 0;
    while (going) {
      // Now and then a dry one, which must leave no trace.
      const dryRun = ++asked % 17 === 0;
      await ifPossible(api.post(`/v1/tenants/${tenant.id}/syncs/${object}/runs`, { dryRun }));
      await sleep(1000);
    }
  };
  const loops = tenants.flatMap((tenant) => tenant.objects.map((object) => drive(tenant, object)));
  const ended = Promise.all(loops);
  ended.catch(() => undefined);
  return async () => {
    going = false;
    await ended;
  };
}
