/** Workflows and their waits, as spans in the traces of their runs. */
import type { InjectedSinks } from '@temporalio/worker';
import type { RunRef } from '../activities/types.ts';
import { tracing } from '../telemetry/tracing.ts';
import { recordSpan, withinExecution } from '../telemetry/workflow-spans.ts';
import type { WorkflowSpans } from '../workflows/spans.ts';

/** @param parentOf the `traceparent` of a run */
export function traceWorkflows(parentOf: (ref: RunRef) => Promise<string | null>): InjectedSinks<WorkflowSpans> {
  // A workflow's next step does not wait for this.
  const inBackground = (work: () => Promise<void>): void => {
    if (tracing()) void work();
  };
  return {
    spans: {
      ended: {
        fn: (info, ref, failed) =>
          inBackground(async () => {
            const to = Date.now();
            const parent = await parentOf(ref);
            if (parent === null) return;
            const attributes = { ...attributesOf(ref), ...(failed === null ? {} : { 'error.type': failed }) };
            const { runId: executionId, runStartTime } = info;
            const from = new Date(runStartTime).getTime();
            recordSpan({ name: `RunWorkflow:${info.workflowType}`, attributes, parent, from, to, executionId });
          }),
      },
      waited: {
        fn: (info, ref, from, cause) =>
          inBackground(async () => {
            const to = Date.now();
            const parent = withinExecution(await parentOf(ref), info.runId);
            if (parent === null) return;
            const why = cause && { 'crosswalk.wait.of': cause.of, 'crosswalk.wait.why': cause.why };
            recordSpan({ name: 'Wait', attributes: { ...attributesOf(ref), ...why }, parent, from, to });
          }),
      },
    },
  };
}

function attributesOf({ tenantId, object, runId }: RunRef) {
  return { 'crosswalk.tenant': tenantId, 'crosswalk.object': object, 'crosswalk.run': runId };
}
