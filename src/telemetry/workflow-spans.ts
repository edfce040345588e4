/**
 * Spans of workflows. The steps of a workflow run in any process, and their spans are recorded before the workflow's own. So the id
 * of its span is derived from Temporal's id of the execution: every process knows it.
 */
import { createHash } from 'node:crypto';
import { type Attributes, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type SpanAttributes, tracing } from './tracing.ts';

/** @returns the `traceparent` of what is done within the execution; `parent` is that of its run */
export function withinExecution(parent: string | null, executionId: string): string | null {
  return parent?.replace(/^(00-[0-9a-f]{32}-)[0-9a-f]{16}/, `$1${spanIdOf(executionId)}`) ?? null;
}

export interface PastSpan {
  name: string;
  attributes: SpanAttributes;
  /** `traceparent` of what it was a part of. */
  parent: string;
  /** Epoch ms. */
  from: number;
  to: number;
  /** The span is the execution's. */
  executionId?: string;
}

/** Records a span that is over. */
export function recordSpan({ name, attributes, parent, from, to, executionId }: PastSpan): void {
  if (!tracing()) return;
  const span = trace
    .getTracer('crosswalk')
    .startSpan(
      name,
      { kind: SpanKind.INTERNAL, attributes: attributes as Attributes, startTime: from },
      propagation.extract(ROOT_CONTEXT, { traceparent: parent }),
    );
  if (executionId !== undefined) {
    // An SDK that is set up by the environment takes no source of ids; exporters ask the span for its own.
    const context = { ...span.spanContext(), spanId: spanIdOf(executionId) };
    span.spanContext = () => context;
  }
  if (attributes['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(to);
}

function spanIdOf(executionId: string): string {
  return createHash('sha256').update(executionId).digest('hex').slice(0, 16);
}
