/** Workflows and their waits, as spans in the traces of their runs. */
import type { InjectedSinks } from '@temporalio/worker';
import { tracing } from '../telemetry/tracing.ts';
import { recordSpan, withinExecution } from '../telemetry/workflow-spans.ts';
import type { WorkflowSpans } from '../workflows/spans.ts';
import { type ParentOf, runAttributes } from './run-trace.ts';

export function traceWorkflows(parentOf: ParentOf): InjectedSinks<WorkflowSpans> {
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
            const attributes = { ...runAttributes(ref), ...(failed === null ? {} : { 'error.type': failed }) };
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
            recordSpan({ name: 'Wait', attributes: { ...runAttributes(ref), ...why }, parent, from, to });
          }),
      },
    },
  };
}
