import { createServer } from 'node:net';

/** True when nothing listens on this loopback port. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** The first of the wanted ports (0 = none) that is free, else any free one. So addresses survive a restart. */
export async function preferPort(...wanted: (number | undefined)[]): Promise<number> {
  for (const port of wanted) if (port && (await isPortFree(port))) return port;
  return freePort();
}

/** Free ports, all different, below 32768: Temporal keeps its members' ports in a column of 16 bits with a sign. */
export async function lowPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); found.size < count && port < 32_768; port += 1) {
    if (await isPortFree(port)) found.add(port);
  }
  if (found.size < count) throw new Error(`Only ${found.size} of ${count} free ports were found below 32768.`);
  return [...found];
}
