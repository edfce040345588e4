/** A worker in a process of its own, as in production, so that its memory and processor time are its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export interface WorkerProcess {
  pid: number;
  stop(): Promise<void>;
}

/** A bounded heap shows what the worker needs: a heap that may grow is not collected while there is room. */
const heapArgs = ['--max-old-space-size=192', '--max-semi-space-size=8'];

export function startWorkerProcess(env: Record<string, string>, nodeArgs: string[] = []): WorkerProcess {
  const script = path.join(import.meta.dirname, '../src/main.ts');
  const child: ChildProcess = spawn(process.execPath, [...heapArgs, ...nodeArgs, script, 'worker'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let stopping = false;
  child.once('exit', (code, signal) => {
    if (stopping) return;
    // Nothing would ever be done: there is no point in waiting for it.
    console.error(`The worker ended by itself (${signal ?? code}).`);
    process.exit(1);
  });
  return {
    pid: child.pid as number,
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
