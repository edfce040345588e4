/** Starts and nudges the workflow of a run. The database knows what is wanted; Temporal is told. */
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { RunStarter } from '../control/ports.ts';
import type { Database } from '../db/index.ts';
import { searchAttributes, syncId } from './names.ts';

/** @param silenceMs a step silent for so long goes to another worker; the workflow's own default when left out */
export function createRunStarter(client: Client, db: Database, taskQueue: string, silenceMs?: number): RunStarter {
  return {
    async start({ tenantId, object, runId }) {
      const run = await db.tenant(tenantId, (tx) =>
        tx.selectFrom('runs').select(['trigger', 'dry_run']).where('id', '=', runId).executeTakeFirst(),
      );
      if (run === undefined) return;
      try {
        await client.workflow.start('syncRun', {
          workflowId: syncId(tenantId, object),
          taskQueue,
          args: [{ tenantId, object, runId, ...(silenceMs === undefined ? {} : { silenceMs }) }],
          staticSummary: `${object} · ${run.trigger}${run.dry_run ? ' · dry run' : ''}`,
          typedSearchAttributes: [
            { key: searchAttributes.tenant, value: tenantId },
            { key: searchAttributes.object, value: object },
            { key: searchAttributes.trigger, value: run.trigger },
          ],
          // A large tenant does not keep the small ones waiting; what a person asked for goes before the daily runs.
          priority: { fairnessKey: tenantId.slice(0, 64), priorityKey: run.trigger === 'daily' ? 3 : 2 },
        });
      } catch (error) {
        // The run before is just closing: the sweeper starts this one a moment later.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    async signal(tenantId, object, signal) {
      try {
        await client.workflow.getHandle(syncId(tenantId, object)).signal(signal);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}
