/**
 * Every activity is a span in its run's trace. The run says which trace that is, and not the workflow: histories stay as they are, a
 * run that the sweeper starts again, or that a person approves days later, stays in its trace, and the previous release replays it.
 */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { RunRef } from '../activities/types.ts';
import { withLogFields } from '../telemetry/log-fields.ts';
import { traced, tracing, withinTrace } from '../telemetry/tracing.ts';
import { withinExecution } from '../telemetry/workflow-spans.ts';
import { type ParentOf, runAttributes } from './run-trace.ts';

export function traceActivities(parentOf: ParentOf): ActivityInterceptorsFactory {
  return ({ info: { activityType, attempt, workflowType, workflowExecution, scheduledTimestampMs } }) => ({
    inbound: {
      async execute(input, next) {
        if (!tracing()) return next(input);
        const ref = runOf(input.args[0]);
        const attributes = {
          'crosswalk.activity': activityType,
          'crosswalk.attempt': attempt,
          ...(ref && runAttributes(ref)),
        };
        const step = () =>
          traced(`RunActivity:${activityType}`, 'consumer', attributes, () =>
            withLogFields(ref ? { run: ref.runId } : {}, () => next(input)),
          );
        // What a schedule starts has only this activity. Its span is made here too: nothing before says which trace it is in.
        if (ref === undefined) {
          return traced(`RunWorkflow:${workflowType}`, 'consumer', {}, step, scheduledTimestampMs);
        }
        return withinTrace(withinExecution(await parentOf(ref), workflowExecution?.runId ?? ''), step);
      },
    },
  });
}

function runOf(argument: unknown): RunRef | undefined {
  return typeof argument === 'object' && argument !== null && 'runId' in argument ? (argument as RunRef) : undefined;
}
