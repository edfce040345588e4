import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Stack } from '../../demo/stack.ts';

export interface RoleProcess extends AsyncDisposable {
  pid: number;
  /** Sends the signal and waits until the process is gone. @returns its exit code; null where the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

const root = path.join(import.meta.dirname, '../..');

/** A worker as it runs in production: a process of its own, on the stack's servers. Resolves once it takes work. */
export function startWorkerProcess(stack: Pick<Stack, 'env'>): Promise<RoleProcess> {
  return startRoleProcess('worker', stack.env);
}

/** @param folder of the version: that of this one when left out */
export async function startRoleProcess(
  role: 'worker' | 'api',
  env: Record<string, string>,
  folder = root,
): Promise<RoleProcess> {
  const child = spawn(process.execPath, [path.join(folder, 'src/main.ts'), role], {
    env: { ...process.env, ...env, CROSSWALK_LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  await ready(child, role);
  const end: RoleProcess['end'] = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    process.off('exit', kill);
    return child.exitCode;
  };
  return { pid: child.pid as number, end, [Symbol.asyncDispose]: async () => void (await end('SIGKILL')) };
}

async function ready(child: ChildProcess, role: string): Promise<void> {
  const lines = createInterface(child.stdout!);
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.includes('Crosswalk is up')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the ${role} ended with ${code} before it was up`)));
  });
}
