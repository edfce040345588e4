/** With the standard variables set, a run is one trace, from who asked for it to the last statement; without them there is none. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { withLogFields } from '../../src/telemetry/log-fields.ts';
import { startTracing, traced, wantsTracing } from '../../src/telemetry/tracing.ts';
import { type ReceivedSpan, startTraceReceiver, type TraceReceiver } from '../setup/trace-receiver.ts';
import { openStack } from './open-stack.ts';
import { expectPrivate, secretsOf } from './private.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';
import { type RoleProcess, startWorkerProcess } from './worker-process.ts';

let receiver: TraceReceiver;
let stop: () => Promise<void>;
let stack: Stack;
let worker: RoleProcess;
beforeAll(async () => {
  receiver = await startTraceReceiver();
  // The API is in this process, the worker in one of its own, which is started as in production.
  Object.assign(process.env, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  stop = await startTracing(process.env, 'of-the-test');
  stack = await openStack({ worker: false });
  worker = await startWorkerProcess(stack);
});
afterAll(async () => {
  await worker?.[Symbol.asyncDispose]();
  await stack?.stop();
  await stop?.();
  await receiver[Symbol.asyncDispose]();
});

const world = { contacts: 60, visitors: 60, companies: 8, accounts: 8 };
const steps = ['openRun', 'ensureSchema', 'readHubSpot', 'readPendo', 'settle', 'closeRun'];
const deliveries = ['deliverToPendo', 'deliverToHubSpot'];

/** All spans of the trace in which the run's workflow ended, once they have come. */
async function traceOf(runId: string): Promise<ReceivedSpan[]> {
  const workflow = await waitUntil(
    async () =>
      receiver.spans.find(
        ({ name, attributes }) => name === 'RunWorkflow:syncRun' && attributes['crosswalk.run'] === runId,
      ),
    { what: 'the span of the workflow', timeoutMs: 20_000 },
  );
  const spans = () => receiver.spans.filter(({ traceId }) => traceId === workflow.traceId);
  await waitUntil(async () => (orphans(spans()).length <= 1 ? true : undefined), {
    what: 'every parent of the trace',
    timeoutMs: 20_000,
  });
  return spans();
}

const orphans = (spans: ReceivedSpan[]): ReceivedSpan[] => {
  const known = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(({ parentSpanId }) => !parentSpanId || !known.has(parentSpanId));
};

function expectWhole(spans: ReceivedSpan[], { id }: TestedTenant, runId: string, taken: readonly string[]): void {
  const named = (name: string) => spans.filter((span) => span.name === name);
  for (const step of taken) expect(named(`RunActivity:${step}`), step).not.toEqual([]);
  expect(named('StartWorkflow:syncRun')).toHaveLength(1);
  expect(named('RunActivity:settle')[0]?.attributes).toMatchObject({
    'crosswalk.tenant': id,
    'crosswalk.object': 'visitor',
    'crosswalk.run': runId,
  });
  const below = (name: string) => {
    const ids = new Set(named(name).map(({ spanId }) => spanId));
    return spans.filter(({ parentSpanId }) => ids.has(parentSpanId ?? ''));
  };
  // Below the workflow: its activities, and nothing of them is before or after it.
  expect(named('RunWorkflow:syncRun')).toHaveLength(1);
  const steps = spans.filter(({ name }) => taken.some((step) => name === `RunActivity:${step}`));
  expect(new Set(below('RunWorkflow:syncRun'))).toEqual(new Set(steps));
  const [{ from, to }] = named('RunWorkflow:syncRun').map(span) as [Span];
  // Temporal's clock and the worker's are one here, but tell milliseconds.
  expect(Math.min(...steps.map((one) => span(one).from))).toBeGreaterThanOrEqual(from - 5);
  expect(Math.max(...steps.map((one) => span(one).to))).toBeLessThanOrEqual(to + 5);
  // Below the activities: the vendors' calls, and the statements.
  const calls = below('RunActivity:readHubSpot').filter(({ attributes }) => attributes['http.request.method']);
  expect(calls[0]?.attributes).toMatchObject({ 'server.address': '127.0.0.1', 'http.response.status_code': 200 });
  expect(below('RunActivity:settle').some(({ attributes }) => attributes['db.system.name'] === 'postgresql')).toBe(
    true,
  );
  // Before a call: its place under the vendor's limit, and the statement that gives it out.
  const slots = below('RunActivity:readHubSpot').filter(({ name }) => name === 'AcquireSlot');
  expect(slots.length).toBeGreaterThanOrEqual(calls.length);
  expect(new Set(slots.map(({ attributes }) => attributes['crosswalk.vendor']))).toEqual(new Set(['hubspot']));
  const limits = new Set(slots.map(({ attributes }) => attributes['crosswalk.limit']));
  expect(limits).toEqual(new Set(['search', 'burst']));
  const given = below('AcquireSlot').filter(({ name }) => name === 'SELECT budget_acquire');
  expect(given[0]?.attributes).toMatchObject({ 'db.system.name': 'postgresql', 'db.operation.name': 'SELECT' });
}

interface Span {
  /** Epoch ms. */
  from: number;
  to: number;
}

const span = ({ startTimeUnixNano, endTimeUnixNano }: ReceivedSpan): Span => ({
  from: Number(startTimeUnixNano) / 1e6,
  to: Number(endTimeUnixNano) / 1e6,
});

describe('a run', { timeout: 120_000 }, () => {
  test('that was asked for is one trace, from the request to the last statement, and names nobody', async () => {
    const tenant = await testedTenant(stack, { world });
    const { judged } = await tenant.round('enable', ['visitor']);
    const run = String(judged[0]?.run.id);
    const spans = await traceOf(run);
    expect(orphans(spans).map(({ name }) => name)).toEqual(['POST /v1/tenants/:tenant/syncs/:object/enable']);
    expectWhole(spans, tenant, run, [...steps, ...deliveries]);
    const secrets = secretsOf(tenant, await tenant.seen());
    expectPrivate(JSON.stringify(receiver.spans.map(({ name, attributes }) => [name, attributes])), secrets);
    // Errors' texts and the addresses of records come as events or in resources, if at all.
    const others = receiver.raw.map((text) => text.replaceAll(/"[a-zA-Z]*(UnixNano|Id)":"[^"]*"/g, ''));
    expectPrivate(others.join('\n'), new Set([...secrets].filter((secret) => !/^\d+$/.test(secret))));
  });

  test('that its schedule started is one trace as well', async () => {
    const tenant = await testedTenant(stack, { world });
    await tenant.round('enable', ['visitor']);
    await stack.services.client.schedule.getHandle(`sync/${tenant.id}/visitor`).trigger();
    const { id } = await waitUntil(
      async () => {
        const { runs } = await stack.api.get<{ runs: { id: string; trigger: string; closedAt: string | null }[] }>(
          `/v1/tenants/${tenant.id}/runs`,
        );
        return runs.find((run) => run.trigger === 'daily' && run.closedAt !== null);
      },
      { what: 'a daily run', timeoutMs: 60_000, everyMs: 300 },
    );
    const spans = await traceOf(id);
    expect(orphans(spans).map(({ name }) => name)).toEqual(['RunWorkflow:scheduledSync']);
    expect(spans.map(({ name }) => name)).toContain('RunActivity:queueDailyRun');
    expectWhole(spans, tenant, id, steps);
  });

  test('tells what its workflow waits for, and for how long', async () => {
    const tenant = await testedTenant(stack, { world });
    // Enabling itself asks HubSpot from the API's process.
    await tenant.round('enable', ['visitor']);
    await tenant.fault({ vendor: 'hubspot', kind: 'status', status: 503, route: 'GET .*/objects/', count: 12 });
    const { judged } = await tenant.round('run', ['visitor']);
    const spans = await traceOf(String(judged[0]?.run.id));
    const workflow = spans.find(({ name }) => name === 'RunWorkflow:syncRun');
    const waits = spans.filter(({ name }) => name === 'Wait');
    expect(waits.length).toBeGreaterThan(0);
    for (const wait of waits) {
      expect(wait.parentSpanId).toBe(workflow?.spanId);
      expect(wait.attributes).toMatchObject({ 'crosswalk.wait.of': 'hubspot', 'crosswalk.wait.why': 'outage' });
      expect(span(wait).to - span(wait).from).toBeGreaterThan(1_500);
    }
  });

  test('has all statements in it: none is a trace of its own', () => {
    const roots = receiver.spans.filter(({ parentSpanId }) => !parentSpanId);
    expect(roots.filter(({ attributes }) => 'db.system.name' in attributes)).toEqual([]);
  });
});

test('lines of the log say which request and which trace they belong to', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'info', write: (line) => void lines.push(JSON.parse(line)) });
  log.info('before');
  await withLogFields({ requestId: 'r1' }, () => traced('work', 'internal', {}, async () => log.info('within')));
  expect(lines[0]).not.toHaveProperty('traceId');
  expect(lines[1]).toMatchObject({ requestId: 'r1', traceId: expect.stringMatching(/^[0-9a-f]{32}$/), msg: 'within' });
});

test.each<[boolean, Record<string, string>]>([
  [false, {}],
  [false, { OTEL_SERVICE_NAME: 'crosswalk' }],
  [false, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
  [false, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'true' }],
  [false, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_TRACES_EXPORTER: 'none' }],
  [true, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }],
  [true, { OTEL_TRACES_EXPORTER: 'console' }],
])('tracing is %s with %j', (on, env) => {
  expect(wantsTracing(env)).toBe(on);
});
