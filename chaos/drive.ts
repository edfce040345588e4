/** Keeps runs going: as soon as a sync has none, the next is asked for: full ones, deltas, and now and then a dry one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../sandbox/world/random.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { syncLock } from './locks.ts';
import { approve, latestRuns, start } from './runs.ts';
import type { Stage } from './stage.ts';
import type { ChaosTenant } from './tenants.ts';

/** @returns what ends it, when nobody is asking any more */
export function keepRunning(stage: Stage, seed: number): () => Promise<void> {
  let going = true;
  const drive = async (n: number, tenant: ChaosTenant, object: SyncObject): Promise<void> => {
    const dice = random(seed, 'drive', n, object);
    let next = dice.next();
    const ask = async (): Promise<void> => {
      const [last] = await latestRuns(stage, tenant, object, 1);
      if (last?.state === 'held') {
        if (dice.chance(0.5) && (await approve(stage, tenant, last, 'the driver'))) return;
        await start(stage, tenant, object, { scope: 'full' });
        return;
      }
      const how =
        next < 0.5 ? { scope: 'delta' as const } : next < 0.94 ? { scope: 'full' as const } : { dryRun: true };
      const begun = await start(stage, tenant, object, how);
      if (begun?.started) next = dice.next();
    };
    while (going) {
      // Whoever works on this sync for a while starts its runs.
      await stage.locks.alone(syncLock(n, object), ask);
      await sleep(1000);
    }
  };
  const loops = stage.tenants.flatMap((tenant, n) => tenant.objects.map((object) => drive(n, tenant, object)));
  const ended = Promise.all(loops);
  ended.catch(() => undefined);
  return async () => {
    going = false;
    await ended;
  };
}
