import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Stack } from '../../demo/stack.ts';

export interface WorkerProcess extends AsyncDisposable {
  /** Sends the signal and waits until the process is gone. @returns its exit code; null where the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** A worker as it runs in production: a process of its own, on the stack's servers. Resolves once it takes work. */
export async function startWorkerProcess(stack: Stack): Promise<WorkerProcess> {
  const main = path.join(import.meta.dirname, '../../src/main.ts');
  const child = spawn(process.execPath, [main, 'worker'], {
    env: { ...process.env, ...stack.env, CROSSWALK_LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  await ready(child);
  const end: WorkerProcess['end'] = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    process.off('exit', kill);
    return child.exitCode;
  };
  return { end, [Symbol.asyncDispose]: async () => void (await end('SIGKILL')) };
}

async function ready(child: ChildProcess): Promise<void> {
  const lines = createInterface(child.stdout!);
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.includes('Crosswalk is up')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code} before it was up`)));
  });
}
