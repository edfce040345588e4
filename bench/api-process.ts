/** The API in a process of its own, as in production, so that its processor time is its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ApiProcess {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

export async function startApiProcess(env: Record<string, string>): Promise<ApiProcess> {
  const script = path.join(import.meta.dirname, '../src/main.ts');
  const url = `http://127.0.0.1:${env.CROSSWALK_PORT}`;
  const child: ChildProcess = spawn(process.execPath, [script, 'api'], {
    env: { ...process.env, ...env, CROSSWALK_PUBLIC_URL: url },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for (;;) {
    const up = await fetch(`${url}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) break;
    if (child.exitCode !== null) throw new Error(`The API ended before it was ready (${child.exitCode}).`);
    await sleep(100);
  }
  return {
    url,
    pid: child.pid as number,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
