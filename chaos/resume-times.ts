/** How long a run stands still after a kill: from the kill to its next request to a vendor. */
import { hostname } from 'node:os';
import type { Call } from '../sandbox/contract.ts';
import { syncId } from '../src/orchestration/names.ts';
import type { Kill } from './servers.ts';
import type { Temporal } from './temporal.ts';
import type { ChaosTenant } from './tenants.ts';

export interface Struck {
  world: number;
  kill: Kill;
}

export interface Watch {
  /** Whose runs will stand still when this worker is killed now? Only of tenants whose requests show it. */
  struckBy(pid: number): Promise<number[]>;
}

export function watchTemporal({ client, connection }: Temporal, tenants: readonly ChaosTenant[]): Watch {
  return {
    async struckBy(pid) {
      const identity = `${pid}@${hostname()}`;
      const struck: number[] = [];
      for (const [world, tenant] of tenants.entries()) {
        // With two syncs in one portal, a request does not show whose it is.
        const [object, second] = tenant.objects;
        if (object === undefined || second !== undefined) continue;
        try {
          const handle = client.workflow.getHandle(syncId(tenant.id, object));
          const { raw } = await connection.withDeadline(Date.now() + 1000, () => handle.describe());
          const steps = raw.pendingActivities ?? [];
          if (steps.length > 0 && steps.every((step) => step.lastWorkerIdentity === identity)) struck.push(world);
        } catch {
          // No run, or Temporal is away: then there is nothing to measure.
        }
      }
      return struck;
    },
  };
}

/** Requests that were on their way when the worker died still arrive; they are not the run's next. */
const arrivalMs = 50;

/** In ms. Left out where the run was stopped, or its sync tended to, before it went on. */
export function resumeTimes(
  struck: readonly Struck[],
  logs: readonly (readonly Call[])[],
  interruptions: readonly { world: number; at: number }[],
): number[] {
  return struck.flatMap(({ world, kill }) => {
    const next = logs[world]?.find((call) => call.at > kill.at + arrivalMs);
    if (next === undefined) return [];
    const tended = interruptions.some((one) => one.world === world && one.at > kill.at - 2000 && one.at < next.at);
    return tended ? [] : [next.at - kill.at];
  });
}
