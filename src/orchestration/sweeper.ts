/**
 * Makes good what a crash left between the database and Temporal: runs whose workflow was never started, or ended
 * without closing its run (terminated by hand, lost with Temporal's own state). Runs in every process; harmless twice.
 */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { RunStarter, Schedules } from '../control/ports.ts';
import type { Database } from '../db/index.ts';
import type { RunState } from '../db/schema.ts';
import { syncId } from './names.ts';

export interface SweeperOptions {
  client: Client;
  db: Database;
  starter: RunStarter;
  schedules: Schedules;
  log: Logger;
  /** Between two looks at the runs. Default 5 s. */
  everyMs?: number;
  /** Between two looks at runs that have begun: one describe call each. Default 1 min. */
  beganEveryMs?: number;
  /** Between two reconciliations of all schedules. Default 10 min. */
  reconcileEveryMs?: number;
}

/** @returns what stops it; resolves when the sweep under way has ended. */
export function startSweeper(options: SweeperOptions): () => Promise<void> {
  const { everyMs = 5000, beganEveryMs = 60_000, reconcileEveryMs = 600_000, log, schedules } = options;
  let stopped = false;
  let wake: () => void = () => undefined;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let reconciledAt = Number.NEGATIVE_INFINITY;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        const began = performance.now() - sweptAt > beganEveryMs;
        await sweepRuns(options, began ? ['queued', 'running', 'paused', 'waiting'] : ['queued']);
        if (began) sweptAt = performance.now();
        if (performance.now() - reconciledAt > reconcileEveryMs) {
          await schedules.reconcileAll();
          reconciledAt = performance.now();
        }
      } catch (error) {
        // The database or Temporal is away; the next look is soon.
        log.warn({ err: error }, 'sweep failed');
      }
      if (stopped) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const ended = loop();
  return () => {
    stopped = true;
    wake();
    return ended;
  };
}

/** Starts the workflow of every active run that has none. A run goes on from what the database says of it. */
export async function sweepRuns({ client, db, starter, log }: SweeperOptions, states: RunState[]): Promise<void> {
  const runs = await db.platform((tx) =>
    tx
      .selectFrom('runs')
      .select(['id', 'tenant_id', 'object', 'state'])
      .where('state', 'in', states)
      .orderBy('id')
      .limit(1000)
      .execute(),
  );
  for (const run of runs) {
    const id = syncId(run.tenant_id, run.object);
    let open = false;
    try {
      const { status } = await client.workflow.getHandle(id).describe();
      open = status.name === 'RUNNING';
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    if (open) continue;
    log.info({ runId: run.id, state: run.state }, 'starting a run that has no workflow');
    await starter.start({ tenantId: run.tenant_id, object: run.object, runId: run.id });
  }
}
