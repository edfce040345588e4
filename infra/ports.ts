import { createServer } from 'node:net';
import getPort, { portNumbers } from 'get-port';

const host = '127.0.0.1';
const highest = 32_767;

/** True when nothing listens on this loopback port. False also where this machine does not have the address. */
export function isPortFree(port: number, address = host): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: address, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A loopback port that was free a moment ago, and that nobody else in this process was given of late. */
export function freePort(): Promise<number> {
  return getPort({ host });
}

/** The first of the wanted ports (0 = none) that is free, else any free one. So addresses survive a restart. */
export async function preferPort(...wanted: (number | undefined)[]): Promise<number> {
  for (const port of wanted) if (port && (await isPortFree(port))) return port;
  return freePort();
}

/** Free ports, all different, below 32768: Temporal keeps its members' ports in a column of 16 bits with a sign. */
export async function lowPorts(count: number): Promise<number[]> {
  const from = 20_000 + Math.floor(Math.random() * 10_000);
  const found: number[] = [];
  while (found.length < count) {
    const port = await getPort({ host, port: portNumbers(from, highest) });
    if (port > highest) throw new Error(`Only ${found.length} of ${count} free ports were found below 32768.`);
    found.push(port);
  }
  return found;
}
