/** Runs the history of a run once more through the workflow code that is here: does it still decide as it did? */
import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import type { SyncObject } from '../sync/config.ts';
import { syncId } from './names.ts';
import { traceWorkflows } from './trace-workflows.ts';
import { workflowsPath } from './worker.ts';

export type History = temporal.api.history.v1.IHistory;

export interface RunHistory {
  workflowId: string;
  /** Temporal's id of the execution; a run that continued as new has several. */
  executionId: string;
  history: History;
}

/** Every execution of a run, the oldest first. Empty where Temporal keeps it no longer. */
export async function fetchRunHistories(
  client: Client,
  run: { tenantId: string; object: SyncObject; runId: string },
): Promise<RunHistory[]> {
  const workflowId = syncId(run.tenantId, run.object);
  const found: (RunHistory & { at: number })[] = [];
  for await (const { runId: executionId, startTime } of client.workflow.list({
    query: `WorkflowId = '${workflowId}'`,
  })) {
    const history = await historyOf(client.workflow.getHandle(workflowId, executionId));
    if (history === undefined || runIdOf(history) !== run.runId) continue;
    found.push({ workflowId, executionId, history, at: startTime.getTime() });
  }
  return found.sort((a, b) => a.at - b.at);
}

async function historyOf(handle: WorkflowHandle): Promise<History | undefined> {
  try {
    return await handle.fetchHistory();
  } catch (error) {
    // Listed still, but past its retention.
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

function runIdOf({ events }: History): unknown {
  const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return input == null ? undefined : defaultPayloadConverter.fromPayload<{ runId?: unknown }>(input).runId;
}

/**
 * @param history as fetched, or as JSON (what `temporal workflow show --output json` writes)
 * @throws DeterminismViolationError where the workflow would now decide otherwise.
 */
export function replayHistory(
  history: unknown,
  options: { workflowId?: string; workflowBundle?: { codePath: string } } = {},
): Promise<void> {
  const { workflowId, workflowBundle } = options;
  return Worker.runReplayHistory(
    {
      ...(workflowBundle === undefined ? { workflowsPath } : { workflowBundle }),
      sinks: traceWorkflows(async () => null),
    },
    history,
    workflowId,
  );
}
