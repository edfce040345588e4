/** The API in a process of its own, as an operator runs it: to be measured, and to be given little memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createApp } from '../../src/api/app.ts';
import { serveApp } from '../../src/api/serve.ts';
import { assembleControl } from './assemble.ts';

export interface ApiProcess extends AsyncDisposable {
  url: string;
  child: ChildProcess;
}

/** @param vendors where they are; none: nowhere */
export async function startApiProcess(
  databaseUrl: string,
  nodeOptions: string[] = [],
  vendors: { hubspotUrl?: string; pendoUrl?: string } = {},
): Promise<ApiProcess> {
  const child = spawn(process.execPath, [...nodeOptions, import.meta.filename, databaseUrl, JSON.stringify(vendors)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout! });
  const [url] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [unknown];
  if (typeof url !== 'string') throw new Error('the API did not start');
  return {
    url,
    child,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

if (import.meta.main) {
  const { control } = assembleControl(process.argv[2]!, JSON.parse(process.argv[3]!));
  const limits = { perSecond: 1e6, burst: 1e6, failuresPerMinute: 30 };
  const server = await serveApp(createApp(control, { limits }), { host: '127.0.0.1', port: 0 });
  console.log(server.url);
}
