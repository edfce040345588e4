/** The Temporal worker: workflows bundled at start or before, activities over what the process has. */
import path from 'node:path';
import {
  makeTelemetryFilterString,
  NativeConnection,
  type NativeConnectionOptions,
  Runtime,
  Worker,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { type Activities, createActivities, type EngineDeps } from '../activities/index.ts';
import { createSchedulingActivities, type SchedulingDeps } from '../activities/queue-daily-run.ts';
import { waitForDatabase } from '../activities/step/database-away.ts';
import { bundleApart } from './bundle.ts';
import { createParentOf } from './run-trace.ts';
import { traceActivities } from './trace-activities.ts';
import { traceWorkflows } from './trace-workflows.ts';

/** What is bundled where no bundle was made before. */
export const workflowsPath = path.join(import.meta.dirname, '../workflows/index.ts');

export interface WorkerSettings {
  address: string;
  /** TLS and keys, where the server wants them. */
  credentials?: Pick<NativeConnectionOptions, 'tls' | 'apiKey' | 'metadata'>;
  namespace: string;
  taskQueue: string;
  /** A bundle made before; else the workflows are bundled now (about a second). */
  workflowBundle?: { codePath: string };
  /** Steps at once. Default 40: they mostly wait. */
  maxSteps?: number;
  /** How long a step may take to finish its page when the process is asked to go. Default 20 s. */
  graceMs?: number;
  /** How long Temporal keeps a workflow's next task for the worker that had the last one, in ms. Default 10 s. */
  heartbeatTimeoutMs?: number;
  /** Default: hostname and pid. */
  identity?: string;
  /** `host:port` where the SDK serves its own metrics. Left out: it keeps none. The first worker of a process decides. */
  sdkMetricsAddress?: string;
}

export interface RunningWorker {
  /** Finishes pages under way, hands over, resolves when everything is at rest. */
  stop(): Promise<void>;
  /** Settles when the worker has ended; rejects when it died. */
  ended: Promise<void>;
  /** Steps under way: what `stop` waits for. */
  steps(): number;
}

export async function startWorker(
  settings: WorkerSettings,
  engine: Omit<EngineDeps, 'draining'>,
  scheduling: SchedulingDeps,
): Promise<RunningWorker> {
  installRuntime(engine.log, settings.sdkMetricsAddress);
  const draining = new AbortController();
  const connection = await NativeConnection.connect({ address: settings.address, ...settings.credentials });
  const activities: Activities = createActivities({ ...engine, draining: draining.signal });
  const parentOf = createParentOf(engine.db);
  const worker = await Worker.create({
    connection,
    namespace: settings.namespace,
    taskQueue: settings.taskQueue,
    workflowBundle: settings.workflowBundle ?? (await bundleApart()),
    activities: { ...activities, ...createSchedulingActivities(scheduling) },
    interceptors: { activity: [traceActivities(parentOf), waitForDatabase(engine.log)] },
    sinks: traceWorkflows(parentOf),
    maxConcurrentActivityTaskExecutions: settings.maxSteps ?? 40,
    shutdownGraceTime: settings.graceMs ?? 20_000,
    shutdownForceTime: (settings.graceMs ?? 20_000) + 10_000,
    ...(settings.identity === undefined ? {} : { identity: settings.identity }),
    ...(settings.heartbeatTimeoutMs === undefined
      ? {}
      : { stickyQueueScheduleToStartTimeout: settings.heartbeatTimeoutMs }),
    // Nothing is sent until a step ends unless the beat is often: a lost worker is noticed within the time-out.
    maxHeartbeatThrottleInterval: '5s',
    defaultHeartbeatThrottleInterval: '5s',
  });
  const ended = worker.run().finally(() => connection.close());
  return {
    ended,
    steps: () => worker.getStatus().numInFlightActivities,
    async stop() {
      draining.abort();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended.catch(() => undefined);
    },
  };
}

let forwarding = false;

/** The SDK's own lines go where ours go, and its metrics where they are read. Once a process: the run time is shared by all its workers. */
function installRuntime(log: Logger, sdkMetricsAddress: string | undefined): void {
  if (forwarding) return;
  forwarding = true;
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;
  const write = (level: keyof typeof levels, message: string, meta: object = {}): void => {
    // A failed attempt was logged by the step itself, with more than the SDK knows.
    const { error: _, taskToken: __, ...rest } = meta as Record<string, unknown>;
    log[levels[level]](rest, message);
  };
  Runtime.install({
    telemetryOptions: {
      // Else the native part writes to standard error, in a form of its own.
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(sdkMetricsAddress === undefined ? {} : { metrics: { prometheus: { bindAddress: sdkMetricsAddress } } }),
    },
    logger: {
      log: (level, message, meta) => write(level, message, meta),
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      info: (message, meta) => write('INFO', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
  });
}
