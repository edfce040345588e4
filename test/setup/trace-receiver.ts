/** What an OpenTelemetry collector is to a process: it takes spans by OTLP over HTTP, as JSON, and keeps them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** Epoch ns, as text. */
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Record<string, string | number>;
}

export interface TraceReceiver extends AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`; the protocol is `http/json`. */
  url: string;
  spans: ReceivedSpan[];
  /** All that ever came, as it came. */
  raw: string[];
}

interface Exported {
  resourceSpans: {
    scopeSpans: {
      spans: (Omit<ReceivedSpan, 'attributes'> & {
        attributes: { key: string; value: Record<string, string | number> }[];
      })[];
    }[];
  }[];
}

export async function startTraceReceiver(): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const raw: string[] = [];
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        raw.push(body);
        for (const { scopeSpans } of (JSON.parse(body) as Exported).resourceSpans) {
          for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
            const attributes = Object.fromEntries(
              span.attributes.map(({ key, value }) => [key, Object.values(value)[0] as string | number]),
            );
            spans.push({ ...span, attributes });
          }
        }
        response.setHeader('content-type', 'application/json').end('{}');
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    raw,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
