/** Open tabs on the page of a live run, as a process of its own: each asks as the console does. */
import { Agent, request } from 'node:http';

interface Asked {
  url: string;
  cookies: string[];
  tabs: number;
  /** Path of the run. */
  run: string;
  /** How often each asks for it. */
  liveMs: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
/** As in `console/queries.ts`. */
const boardMs = 10_000;

process.once('message', ({ url, cookies, tabs, run, liveMs }: Asked) => {
  const failed = new Map<number, number>();
  const ask = (cookie: string, path: string): void => {
    const call = request(url + path, { agent, headers: { cookie } }, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      if (status >= 400) failed.set(status, (failed.get(status) ?? 0) + 1);
    });
    call.on('error', () => failed.set(0, (failed.get(0) ?? 0) + 1));
    call.end();
  };
  const every = (ms: number, path: string): void => {
    for (let tab = 0; tab < tabs; tab++) {
      const cookie = cookies[tab % cookies.length] as string;
      setTimeout(() => setInterval(() => ask(cookie, path), ms), (ms * tab) / tabs);
    }
  };
  every(liveMs, run);
  every(boardMs, '/v1/attention');
  setTimeout(() => process.send?.('up'), 2 * boardMs);
  process.once('SIGTERM', () => {
    for (const [status, times] of failed) console.error(`${times} answers of tabs were ${status}`);
    process.exit(0);
  });
});
