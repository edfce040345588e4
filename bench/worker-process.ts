/** A worker in a process of its own, as in production, so that its memory and processor time are its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export interface WorkerProcess {
  pid: number;
  stop(): Promise<void>;
}

export function startWorkerProcess(env: Record<string, string>, nodeArgs: string[] = []): WorkerProcess {
  const script = path.join(import.meta.dirname, '../src/main.ts');
  const child: ChildProcess = spawn(process.execPath, [...nodeArgs, script, 'worker'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    pid: child.pid as number,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
