/**
 * Metrics of one process for Prometheus, on a port of its own: a worker has no API, and what scrapes inside a network needs no key.
 * What it serves names no tenant.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { processMetrics } from './process-metrics.ts';

export interface MetricsServer {
  url: string;
  close(): Promise<void>;
}

export interface MetricsServerOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Where Temporal's SDK serves its own; they are handed on. */
  sdkMetricsAddress?: string | undefined;
}

/** @throws where the address is taken */
export async function serveMetrics({ host, port, sdkMetricsAddress }: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end();
    Promise.all([processMetrics().metrics(), sdkMetrics(sdkMetricsAddress)]).then(
      (parts) => response.writeHead(200, { 'content-type': processMetrics().contentType }).end(parts.join('\n')),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Without them a scrape is still of use. */
async function sdkMetrics(address: string | undefined): Promise<string> {
  if (address === undefined) return '';
  try {
    return await (await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(2000) })).text();
  } catch {
    return '';
  }
}
