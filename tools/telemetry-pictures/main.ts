/**
 * `npm run docs:telemetry`: runs on the sandbox, with a collector for their traces and a real Prometheus, and keeps two pictures in
 * docs/pictures/: the dashboard of deploy/grafana, and the trace of one run. Grafana itself is not needed.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { startStack } from '../../demo/stack.ts';
import { freePort } from '../../infra/ports.ts';
import { startTracing } from '../../src/telemetry/tracing.ts';
import { startRoleProcess } from '../../test/e2e/worker-process.ts';
import { startPrometheus } from '../../test/setup/prometheus.ts';
import { startTraceReceiver } from '../../test/setup/trace-receiver.ts';
import { readPanels } from './dashboard.ts';
import { draw } from './draw.ts';
import { rowsOf } from './trace-rows.ts';
import { someMinutesOfWork } from './work.ts';

const pictures = path.resolve('docs/pictures');
const dataDir = path.resolve('.crosswalk/telemetry');
await rm(dataDir, { recursive: true, force: true });
await mkdir(pictures, { recursive: true });
await mkdir(dataDir, { recursive: true });

await using receiver = await startTraceReceiver();
Object.assign(process.env, {
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_BSP_SCHEDULE_DELAY: '200',
});
const stopTracing = await startTracing(process.env, 'crosswalk-api');
const stack = await startStack({
  dataDir,
  databaseUrl: process.env.DATABASE_URL,
  temporalAddress: process.env.TEMPORAL_ADDRESS,
  worker: false,
});
try {
  const port = await freePort();
  await using worker = await startRoleProcess('worker', {
    ...stack.env,
    CROSSWALK_METRICS_ADDRESS: `127.0.0.1:${port}`,
  });
  await using prometheus = await startPrometheus([
    { job: 'crosswalk-api', target: new URL(stack.apiUrl).host, path: '/v1/metrics', key: stack.key },
    { job: 'crosswalk', target: `127.0.0.1:${port}`, path: '/metrics' },
  ]);
  const from = Date.now();
  const runId = await someMinutesOfWork(stack);
  const panels = await readPanels(prometheus, { from, to: Date.now() });
  const rows = rowsOf(receiver.spans, runId);
  console.log(`process ${worker.pid}: ${panels.length} panels, ${rows.length} rows of a trace`);
  await draw(pictures, { panels, trace: { runId, rows } });
} finally {
  await stack.stop();
  await stopTracing();
}
