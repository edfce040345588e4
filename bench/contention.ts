/** Other processes that need all of a processor each. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** As many as the reference machine has cores. */
export const busyLoops = 2;

export async function besideBusyLoops<T>(work: () => Promise<T>): Promise<T> {
  const busy = Array.from({ length: busyLoops }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  const end = (): void => busy.forEach((one) => void one.kill('SIGKILL'));
  process.once('exit', end);
  try {
    return await work();
  } finally {
    end();
    process.removeListener('exit', end);
    await Promise.all(busy.map(ended));
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
