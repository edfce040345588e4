/**
 * Every activity is a span in its run's trace. The run says which trace that is, and not the workflow: histories stay as they are, a
 * run that the sweeper starts again, or that a person approves days later, stays in its trace, and the previous release replays it.
 */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { RunRef } from '../activities/types.ts';
import type { Database } from '../db/index.ts';
import { withLogFields } from '../telemetry/log-fields.ts';
import { traced, tracing, withinTrace } from '../telemetry/tracing.ts';

export function traceActivities(db: Database): ActivityInterceptorsFactory {
  return ({ info: { activityType, attempt } }) => ({
    inbound: {
      async execute(input, next) {
        if (!tracing()) return next(input);
        const ref = runOf(input.args[0]);
        const attributes = {
          'crosswalk.activity': activityType,
          'crosswalk.attempt': attempt,
          ...(ref && { 'crosswalk.tenant': ref.tenantId, 'crosswalk.object': ref.object, 'crosswalk.run': ref.runId }),
        };
        return withinTrace(ref && (await parentOf(db, ref)), () =>
          traced(`RunActivity:${activityType}`, 'consumer', attributes, () =>
            withLogFields(ref ? { run: ref.runId } : {}, () => next(input)),
          ),
        );
      },
    },
  });
}

function runOf(argument: unknown): RunRef | undefined {
  return typeof argument === 'object' && argument !== null && 'runId' in argument ? (argument as RunRef) : undefined;
}

/** A database that is away costs the trace, and nothing else. */
async function parentOf(db: Database, { tenantId, runId }: RunRef): Promise<string | null> {
  try {
    const run = await db.tenant(tenantId, (tx) =>
      tx.selectFrom('runs').select('traceparent').where('id', '=', runId).executeTakeFirst(),
    );
    return run?.traceparent ?? null;
  } catch {
    return null;
  }
}
