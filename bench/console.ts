/** The console of an installation with thousands of tenants: how soon each page has its first answers, and what open tabs cost. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { freePort } from '../infra/ports.ts';
import { sumUsage } from '../src/control/usage/summed.ts';
import { startApiProcess } from './api-process.ts';
import { type ConsolePage, consolePages } from './console-pages.ts';
import { type ConsoleWorld, fillConsoleWorld } from './console-world.ts';
import { type Figure, median } from './figures.ts';
import { buildFigures, ensureConsole, firstView } from './first-view.ts';
import type { Ground } from './ground.ts';
import type { BenchOptions } from './options.ts';
import { cpuSeconds, parentOf } from './processes.ts';

/** Sessions that ask in turn: one may ask 25 times a second. */
const sessions = 5;
const mostMs = { median: 300, p95: 1000 };
const tabs = 300;
/** As in `console/queries.ts`: of a run that has begun, and of one that has lasted for some minutes. */
const liveMs = { new: 1000, old: 5000 };
/** A tab asks at most a hundred times a minute; the keys of the installation a hundred times a second each. */
const keys = 4;
const tabsOfSession = 3;

export async function benchConsole(ground: Ground, { full, records }: BenchOptions): Promise<Figure[]> {
  const size = full ? { tenants: 2000, runs: 100_000, records: 1_000_000 } : { tenants: 200, runs: 10_000, records };
  ensureConsole();
  const world = await fillConsoleWorld(ground.stack.databaseUrl, size);
  // As maintenance does by itself, once a day.
  await sumUsage(ground.stack.services.control);
  const api = await startApiProcess({ ...ground.stack.env, CROSSWALK_PORT: String(await freePort()) });
  try {
    const cookies: string[] = [];
    for (let n = 0; n < sessions; n++) cookies.push(await signIn(api.url, ground.stack.key));
    const figures: Figure[] = [];
    for (const page of consolePages(world)) figures.push(...(await timePage(api.url, cookies, page, full ? 21 : 7)));
    figures.push(...(await buildFigures()), await firstView(api.url, cookies[0] as string));
    const spent = await costOfTabs(ground, api, world, full ? 20 : 10);
    figures.push({ name: 'console.tabs', value: spent.old, unit: '% of a core', limit: 10 });
    figures.push({ name: 'console.tabs.newRun', value: spent.new, unit: '% of a core' });
    return figures;
  } finally {
    await api.stop();
  }
}

async function signIn(url: string, key: string): Promise<string> {
  const answer = await fetch(`${url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ key }),
  });
  if (!answer.ok) throw new Error(`signing in: ${answer.status} ${await answer.text()}`);
  return answer.headers.getSetCookie()[0]!.split(';')[0]!;
}

/** All calls of a page at once, as a browser makes them, until the last has its answer. */
async function timePage(
  url: string,
  cookies: readonly string[],
  { name, calls }: ConsolePage,
  rounds: number,
): Promise<Figure[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const cookie = cookies[round % cookies.length] as string;
    const from = performance.now();
    await Promise.all(
      calls.map(async ({ path: at, body }) => {
        const answer = await fetch(url + at, {
          headers: { cookie, origin: url, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${at}: ${answer.status} ${text}`);
      }),
    );
    times.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, calls.length * 10));
  }
  times.sort((a, b) => a - b);
  return [
    { name: `console.${name}`, value: median(times), unit: 'ms', limit: mostMs.median },
    {
      name: `console.${name}.p95`,
      value: times[Math.floor((times.length - 1) * 0.95)] ?? Number.NaN,
      unit: 'ms',
      limit: mostMs.p95,
    },
  ];
}

/** Processor time of API and PostgreSQL while people look on as a run goes on; whoever looks is another process. */
async function costOfTabs(
  { stack }: Ground,
  api: { url: string; pid: number },
  { liveTenant, liveRun }: ConsoleWorld,
  seconds: number,
): Promise<Record<keyof typeof liveMs, number>> {
  const { rows } = await stack.services.control.db.pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  const postmaster = parentOf(rows[0]!.pid) ?? 0;
  const cookies: string[] = [];
  for (let n = 0; n < keys; n++) {
    const { secret } = await stack.api.post<{ secret: string }>('/v1/keys', { name: `tabs ${n}`, scopes: ['read'] });
    for (let session = 0; session < tabs / keys / tabsOfSession; session++) cookies.push(await signIn(api.url, secret));
  }
  const run = `/v1/tenants/${liveTenant}/runs/${liveRun}`;
  const share = async (ms: number): Promise<number> => {
    const child = fork(path.join(import.meta.dirname, 'tabs-process.ts'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    try {
      child.send({ url: api.url, cookies, tabs, run, liveMs: ms });
      await once(child, 'message');
      const spent = (): number => cpuSeconds(api.pid) + cpuSeconds(postmaster, true);
      const before = spent();
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      return ((spent() - before) / seconds) * 100;
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  };
  return { old: await share(liveMs.old), new: await share(liveMs.new) };
}
