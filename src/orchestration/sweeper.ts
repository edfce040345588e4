/**
 * Makes good what a crash left between the database and Temporal: runs whose workflow was never started, or ended
 * without closing its run (terminated by hand, lost with Temporal's own state). Runs in every process; harmless twice.
 */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { DueRuns, RunStarter, Schedules } from '../control/ports.ts';
import type { Database } from '../db/index.ts';
import type { Run } from '../db/runs/index.ts';
import { activeStates } from '../db/runs/index.ts';
import type { RunState } from '../db/schema.ts';
import { syncId } from './names.ts';
import type { RecordedRun } from './starter.ts';

export interface SweeperOptions {
  client: Client;
  db: Database;
  starter: RunStarter;
  schedules: Schedules;
  due: DueRuns;
  log: Logger;
  /** Between two looks at the runs. Default 5 s. */
  everyMs?: number;
  /** Between two looks at runs that have begun: a list of what runs, and a call for each that is not on it. Default 1 min. */
  beganEveryMs?: number;
  /** Between two reconciliations of all schedules. Default 10 min. */
  reconcileEveryMs?: number;
}

/** @returns what stops it; resolves when the sweep under way has ended. */
export function startSweeper(options: SweeperOptions): () => Promise<void> {
  const { everyMs = 5000, beganEveryMs = 60_000, reconcileEveryMs = 600_000, log, schedules, due } = options;
  let stopped = false;
  /** Keys of runs seen with their workflow since the last look at all of them: thousands may be queued at midnight. */
  let open = new Set<string>();
  let wake: () => void = () => undefined;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let reconciledAt = Number.NEGATIVE_INFINITY;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        await due.noteMissed();
        await due.startDue();
        const began = performance.now() - sweptAt > beganEveryMs;
        if (began) open = await listRunning(options.client);
        await sweepRuns(options, began ? activeStates : ['queued'], open, () => stopped);
        if (began) {
          await repeatSignals(options);
          sweptAt = performance.now();
        }
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

/** Runs that are looked at together, and workflows on a page of Temporal's list. */
const pageSize = 1000;
/** Describe calls at once. */
const atOnce = 16;
/** More than are under way at once. */
const faultsInARow = 2 * atOnce;

/**
 * Keys of the runs whose workflow is running, as Temporal's list has it: a call for a thousand instead of one for each.
 * The list is some moments late; who has only just started is not on it, and who has only just ended is looked at the next
 * time.
 */
export async function listRunning(client: Client): Promise<Set<string>> {
  const runs = new Set<string>();
  const query = `WorkflowType IN ('syncRun', 'recordRun') AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, memo } of client.workflow.list({ query, pageSize })) {
    const recorded = memo?.told as RecordedRun | undefined;
    if (recorded !== undefined) runs.add(keyOf(workflowId, recorded.run));
  }
  return runs;
}

/**
 * The workflow's id names its sync only, where the run before may be closing still; the number says nothing beyond one
 * database.
 */
function keyOf(workflowId: string, runId: string): string {
  return `${workflowId}/${runId}`;
}

/**
 * Starts the workflow of every active run that has none, however many there are. A run continues from what the database says
 * of it. Those in `open` are known to have theirs and are not asked about; those that have one are added to it.
 */
export async function sweepRuns(
  options: Pick<SweeperOptions, 'client' | 'db' | 'starter' | 'log'>,
  states: readonly RunState[],
  open = new Set<string>(),
  isStopped: () => boolean = () => false,
): Promise<void> {
  const key = (run: ActiveRun): string => keyOf(syncId(run.tenant_id, run.object), run.id);
  for (let after = '0'; !isStopped(); ) {
    const runs = await options.db.platform((tx) =>
      tx
        .selectFrom('runs')
        .select(['id', 'tenant_id', 'object', 'state'])
        .where('state', 'in', states)
        .where('id', '>', after)
        .orderBy('id')
        .limit(pageSize)
        .execute(),
    );
    const left = runs.filter((run) => !open.has(key(run))).values();
    let inARow = 0;
    const look = async (): Promise<void> => {
      for (const run of left) {
        if (isStopped()) return;
        try {
          if (await hasWorkflow(options, run)) open.add(key(run));
          inARow = 0;
        } catch (error) {
          // One run keeps nobody else from theirs, unless it is the database or Temporal that is away.
          options.log.warn({ err: error, runId: run.id }, 'a run could not be looked at');
          inARow += 1;
          if (inARow > faultsInARow) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, look));
    const last = runs.at(-1);
    if (last === undefined || runs.length < pageSize) return;
    after = last.id;
  }
}

/**
 * What was asked for is in the database, and a signal makes a run look there at once. Without this, a run that is paused or waits
 * for hours and whose signal was lost would notice only at its next look.
 */
export async function repeatSignals({
  db,
  starter,
  log,
}: Pick<SweeperOptions, 'db' | 'starter' | 'log'>): Promise<void> {
  const runs = await db.platform((tx) =>
    tx
      .selectFrom('runs')
      .select(['id', 'tenant_id', 'object'])
      .where('state', 'in', ['paused', 'waiting'])
      .where(({ or, and, eb }) =>
        or([eb('cancel_requested', '=', true), and([eb('state', '=', 'paused'), eb('pause_requested', '=', false)])]),
      )
      .limit(pageSize)
      .execute(),
  );
  for (const { id, tenant_id, object } of runs) {
    try {
      await starter.lookNow(tenant_id, object);
    } catch (error) {
      log.warn({ err: error, runId: id }, 'a run could not be signalled');
    }
  }
}

type ActiveRun = Pick<Run, 'id' | 'tenant_id' | 'object' | 'state'>;

/**
 * @returns whether it had one; if not, it is given one. The workflow of the run before may be closing still: it stands under the
 * same id, and the next look finds it gone.
 */
async function hasWorkflow(
  { client, starter, log }: Pick<SweeperOptions, 'client' | 'starter' | 'log'>,
  run: ActiveRun,
): Promise<boolean> {
  try {
    const { status, memo } = await client.workflow.getHandle(syncId(run.tenant_id, run.object)).describe();
    const recorded = memo?.told as RecordedRun | undefined;
    // Of an earlier version they carry no memo.
    if (status.name === 'RUNNING') return recorded === undefined || recorded.run === run.id;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  log.info({ runId: run.id, state: run.state }, 'starting a run that has no workflow');
  await starter.start({ tenantId: run.tenant_id, object: run.object, runId: run.id });
  return false;
}
