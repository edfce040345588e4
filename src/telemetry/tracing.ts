/**
 * Traces by OpenTelemetry. Off unless the standard variables name somewhere to send them; then nothing but the API's empty shell is
 * loaded. Spans are made where all calls of a kind pass (routes, activities, the one way out, the one way to PostgreSQL), and not by
 * instrumenting modules: what an attribute may hold is decided here, and the order of loading does not matter.
 */
import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

/** Names of the semantic conventions, and our own. None of them takes a value, an id of a person, an address or a secret. */
export interface SpanAttributes {
  'http.request.method'?: string;
  /** The pattern, never the address: ids in addresses are e-mail addresses. */
  'http.route'?: string;
  'http.response.status_code'?: number;
  'server.address'?: string;
  'server.port'?: number;
  'error.type'?: string;
  'db.system.name'?: 'postgresql';
  /** The first word of the statement. */
  'db.operation.name'?: string;
  /** Functions and tables of the budgets only. */
  'db.query.summary'?: string;
  'crosswalk.activity'?: string;
  'crosswalk.attempt'?: number;
  /** Which of a vendor's limits a call falls under. */
  'crosswalk.limit'?: string;
  'crosswalk.object'?: string;
  'crosswalk.run'?: string;
  'crosswalk.tenant'?: string;
  'crosswalk.vendor'?: string;
  'crosswalk.wait.of'?: string;
  'crosswalk.wait.why'?: string;
}

export type SpanWork = 'server' | 'client' | 'consumer' | 'internal';

const kinds: Record<SpanWork, SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

/** What can be added to a span while it lasts. */
export interface OpenSpan {
  name(text: string): void;
  set(attributes: SpanAttributes): void;
}

/** Those of OpenTelemetry that most installations need. Its SDK reads all others as well. */
export const tracingVariables = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_PROTOCOL',
  'OTEL_TRACES_EXPORTER',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_SDK_DISABLED',
] as const;

let on = false;

export function tracing(): boolean {
  return on;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the standard variables say where to send traces. */
export function wantsTracing(env: Environment): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return false;
  const named = [
    env.OTEL_EXPORTER_OTLP_ENDPOINT,
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    env.OTEL_TRACES_EXPORTER,
    env.OTEL_CONFIG_FILE,
  ];
  return named.some((value) => value !== undefined && value !== '');
}

/**
 * Starts sending spans, where the environment asks for it. Everything else of it (protocol, headers, sampler, limits) is read by the
 * SDK, from the standard variables of this process.
 *
 * @returns sends what is left, and stops
 */
export async function startTracing(env: Environment, version: string): Promise<() => Promise<void>> {
  if (on || !wantsTracing(env)) return async () => undefined;
  const { startNodeSdk } = await import('@opentelemetry/sdk-node');
  const named = env.OTEL_SERVICE_NAME || /(^|,)service\.name=/.test(env.OTEL_RESOURCE_ATTRIBUTES ?? '');
  const sdk = startNodeSdk({
    resourceAttributes: { 'service.version': version, ...(named ? {} : { 'service.name': 'crosswalk' }) },
    // Metrics are read from /v1/metrics, and lines of the log are written where they always are.
    metricReaders: [],
    logRecordProcessors: [],
    logLevel: env.OTEL_LOG_LEVEL || 'error',
  });
  on = true;
  return async () => {
    on = false;
    // A receiver that is away must not keep the process from ending.
    await Promise.race([
      sdk.shutdown().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, 5000).unref()),
    ]);
  };
}

/**
 * Runs `work` inside a span that ends with it. What it throws is recorded by its kind only: texts of errors may hold values.
 *
 * @param startTime epoch ms: before now
 */
export async function traced<T>(
  name: string,
  kind: SpanWork,
  attributes: SpanAttributes,
  work: (span: OpenSpan) => Promise<T>,
  startTime?: number,
): Promise<T> {
  if (!on) return work(nothing);
  const options = { kind: kinds[kind], attributes: attributes as Attributes, ...(startTime && { startTime }) };
  return trace.getTracer('crosswalk').startActiveSpan(name, options, async (span) => {
    try {
      return await work(openSpan(span));
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Is this code running inside a span? */
export function withinSpan(): boolean {
  return on && trace.getActiveSpan() !== undefined;
}

/** The trace that this code runs in, for work that other code does later on its behalf. */
export function currentTrace(): <T>(work: () => T) => T {
  if (!on) return (work) => work();
  const place = context.active();
  return (work) => context.with(place, work);
}

const nothing: OpenSpan = { name: () => undefined, set: () => undefined };

function openSpan(span: Span): OpenSpan {
  return {
    name: (text) => void span.updateName(text),
    set(attributes) {
      span.setAttributes(attributes as Attributes);
      if (attributes['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    },
  };
}

function fail(span: Span, error: unknown): void {
  const { code, name } = error as { code?: unknown; name?: unknown };
  const type = [code, name].find((text) => typeof text === 'string' && /^[A-Za-z0-9_.]{1,40}$/.test(text)) ?? 'other';
  span.setAttribute('error.type', String(type));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The W3C `traceparent` of what goes on now, to be kept beside work that is done later. */
export function traceParent(): string | null {
  if (!on) return null;
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? null;
}

/** Runs `work` as a part of the trace that `parent` names. */
export function withinTrace<T>(parent: string | null | undefined, work: () => Promise<T>): Promise<T> {
  if (!on || !parent) return work();
  return context.with(propagation.extract(ROOT_CONTEXT, { traceparent: parent }), work);
}

/** For lines of the log. */
export function traceIds(): { traceId: string; spanId: string } | undefined {
  const current = on ? trace.getActiveSpan()?.spanContext() : undefined;
  return current && { traceId: current.traceId, spanId: current.spanId };
}
