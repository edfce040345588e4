/** Puts the app on a port. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';

export interface RunningServer {
  url: string;
  /** Answers what is under way, takes nothing new, resolves when all is answered. */
  close(): Promise<void>;
}

export interface ServeOptions {
  host: string;
  port: number;
  /** Until a request's headers have come. Default 10 s. */
  headersMs?: number;
  /** Until all of it has come. Default 20 s: the largest body is 256 kB. */
  requestMs?: number;
}

/** A connection on which nothing has moved for so long is closed: longer than anything here waits for a vendor. */
const idleMs = 5 * 60_000;

/** @throws when the port is taken. Port 0: any free one. */
export async function serveApp(
  app: { fetch: Parameters<typeof serve>[0]['fetch'] },
  { host, port, headersMs = 10_000, requestMs = 20_000 }: ServeOptions,
): Promise<RunningServer> {
  const server = serve({
    fetch: app.fetch,
    hostname: host,
    port,
    serverOptions: {
      headersTimeout: Math.min(headersMs, requestMs),
      requestTimeout: requestMs,
      // Node looks for those that are late so often; its default is half a minute.
      connectionsCheckingInterval: Math.min(1000, headersMs),
    },
  }) as Server;
  server.setTimeout(idleMs);
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
