/** Puts the app on a port. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';

export interface RunningServer {
  url: string;
  /** Answers what is under way, takes nothing new, resolves when all is answered. */
  close(): Promise<void>;
}

/** @throws when the port is taken. Port 0: any free one. */
export async function serveApp(
  app: { fetch: Parameters<typeof serve>[0]['fetch'] },
  { host, port }: { host: string; port: number },
): Promise<RunningServer> {
  const server = serve({ fetch: app.fetch, hostname: host, port }) as Server;
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
