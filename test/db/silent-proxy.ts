/**
 * A TCP proxy that can stop forwarding without closing anything, as a firewall or a load balancer does that lost a connection.
 * `delayMs`: what everything takes to pass, in either direction.
 */
import { connect, createServer, type Socket } from 'node:net';

export async function startProxy(target: URL, delayMs = 0) {
  const sockets = new Set<Socket>();
  let silent = false;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      const pass = (piece: Buffer): void => void (silent || to.write(piece));
      from.on('data', (piece) => (delayMs === 0 ? pass(piece) : void setTimeout(pass, delayMs, piece)));
      from.on('close', () => to.destroy());
      from.on('error', () => undefined);
    }
    // Whoever connects meanwhile is let in, and told nothing either.
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  const url = new URL(target);
  url.host = `127.0.0.1:${address.port}`;
  return {
    url: url.href,
    /** Connections that are open keep silent for good; new ones are served again after `speak`. */
    silence() {
      silent = true;
    },
    speak() {
      for (const socket of sockets) socket.removeAllListeners('data').pause();
      silent = false;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
