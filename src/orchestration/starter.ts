/** Starts the workflow of a run, and has it look at the database. What is wanted is there; Temporal follows. */
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { RunStarter } from '../control/ports.ts';
import { passOver } from '../db/events/entries.ts';
import type { Database } from '../db/index.ts';
import type { SyncObject } from '../sync/config.ts';
import { traced, withinTrace } from '../telemetry/tracing.ts';
import { searchAttributes, syncId } from './names.ts';

/**
 * All signals of a run mean the same: look at the database now. `resume` is what the previous release knows as well; a worker
 * of it that took over a run would not be woken by `lookNow`, and could not replay a history in which `lookNow` ended a wait.
 * The next release sends `lookNow`.
 */
const lookNowSignal = 'resume';

/** @param heartbeatTimeoutMs a step silent for so long goes to another worker; the workflow's own default when left out */
export function createRunStarter(
  client: Client,
  db: Database,
  taskQueue: string,
  heartbeatTimeoutMs?: number,
): RunStarter {
  return {
    async start({ tenantId, object, runId }) {
      const run = await db.tenant(tenantId, (tx) =>
        tx
          .selectFrom('runs')
          .select(['trigger', 'scope', 'dry_run', 'queued_at', 'approved', 'traceparent'])
          .where('id', '=', runId)
          .executeTakeFirst(),
      );
      if (run === undefined) return;
      const recorded: RecordedRun = { run: runId, queued: run.queued_at.getTime() };
      const approved = run.approved.length > 0;
      if (isOlder(recorded, approved, await lastRecorded(client, syncId(tenantId, object)))) {
        await forgetSent(db, tenantId, object);
      }
      try {
        const workflowType = run.scope === 'record' ? 'recordRun' : 'syncRun';
        const startWorkflow = () =>
          client.workflow.start(workflowType, {
            workflowId: syncId(tenantId, object),
            taskQueue,
            args: [
              {
                tenantId,
                object,
                runId,
                ...(heartbeatTimeoutMs === undefined ? {} : { silenceMs: heartbeatTimeoutMs }),
              },
            ],
            staticSummary: `${object} · ${run.trigger}${run.dry_run ? ' · dry run' : ''}${run.scope === 'record' ? ' · one record' : ''}`,
            // Stored by this name: the previous release reads it.
            memo: { told: recorded },
            typedSearchAttributes: [
              { key: searchAttributes.tenant, value: tenantId },
              { key: searchAttributes.object, value: object },
              { key: searchAttributes.trigger, value: run.trigger },
            ],
            // A large tenant does not keep the small ones waiting; what a person asked for goes before the daily runs.
            priority: { fairnessKey: tenantId.slice(0, 64), priorityKey: run.trigger === 'daily' ? 3 : 2 },
          });
        const of = { 'crosswalk.tenant': tenantId, 'crosswalk.object': object, 'crosswalk.run': runId };
        await withinTrace(run.traceparent, () => traced(`StartWorkflow:${workflowType}`, 'client', of, startWorkflow));
      } catch (error) {
        // The run before is just closing: the sweeper starts this one a moment later.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    async lookNow(tenantId, object) {
      try {
        await client.workflow.getHandle(syncId(tenantId, object)).signal(lookNowSignal);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}

/** What Temporal remembers of the last run that was started, whatever became of the database since. */
export interface RecordedRun {
  run: string;
  /** Epoch ms: after a restore another run may have the same number. */
  queued: number;
}

async function lastRecorded(client: Client, workflowId: string): Promise<RecordedRun | undefined> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).memo?.told as RecordedRun | undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Runs are numbered upwards: a database that gives out a number once more was restored from a backup. An approval queues
 * the held run itself again, under its own number: a backup that knows it as held was made after Temporal knew of it.
 */
function isOlder(now: RecordedRun, approved: boolean, last: RecordedRun | undefined): boolean {
  if (last === undefined) return false;
  return BigInt(now.run) < BigInt(last.run) || (now.run === last.run && !approved && now.queued !== last.queued);
}

/**
 * A backup says what was sent last when it was made. Taken for what was sent last, it would let a value stand as one that the
 * vendor stores differently; without it every difference is simply owed. What was sent as events since then nobody knows.
 */
async function forgetSent(db: Database, tenantId: string, object: SyncObject): Promise<void> {
  await db.tenant(tenantId, async (tx) => {
    await tx.deleteFrom('sent_values').where('tenant_id', '=', tenantId).where('object', '=', object).execute();
    await passOver(tx, { tenantId, object }, Date.now());
  });
}
