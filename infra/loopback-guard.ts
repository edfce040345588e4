import { randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { isPortFree } from './ports.ts';

/**
 * A page of any website can have its own name resolve to 127.0.0.1, and then reads what a server there answers. Such requests carry
 * that name as their host. Temporal's UI answers to every name, so it is reached through this alone.
 */
export interface LoopbackGuard {
  close(): Promise<void>;
}

/** Whom requests may be meant for, whatever the port. */
const own = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

const refusal =
  'This address is for this machine alone, as http://127.0.0.1 or http://localhost. From another machine, forward the port to there, for example with ssh -L.\n';

/** Listens on 127.0.0.1 and hands on what is meant for it. Does not keep the process alive. */
export async function startLoopbackGuard(port: number, target: { host: string; port: number }): Promise<LoopbackGuard> {
  const server = createServer((incoming, outgoing) => {
    if (isMeantForUs(incoming)) pass(incoming, outgoing, target);
    else outgoing.writeHead(403, { 'content-type': 'text/plain' }).end(refusal);
  });
  await listen(server, port);
  server.unref();
  return {
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** The name in the address, that in the header, and that of the page which asks. */
function isMeantForUs({ url = '', headers, headersDistinct }: IncomingMessage): boolean {
  const hosts = headersDistinct.host ?? [];
  const { origin } = headers;
  if (!url.startsWith('/') || hosts.length !== 1 || !own.test(hosts[0] ?? '')) return false;
  return origin === undefined || (/^https?:\/\//.test(origin) && own.test(origin.replace(/^https?:\/\//, '')));
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, target: { host: string; port: number }): void {
  const { url: path, method, headers } = incoming;
  const onward = request({ ...target, path, method, headers, setHost: false }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  onward.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502, { 'content-type': 'text/plain' }).end('The Temporal UI does not answer.\n');
  });
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

/**
 * An address of this machine that no website can guess, so that nobody comes past the guard. Linux has all of 127.0.0.0/8 by itself;
 * elsewhere only 127.0.0.1 is there, and a port drawn by the system has to do.
 */
export async function hiddenLoopback(port: number): Promise<string> {
  const address = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
  return (await isPortFree(port, address)) ? address : '127.0.0.1';
}
