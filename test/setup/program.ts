/** A program of the machine that a test runs beside itself, and that ends with it. */

import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** @throws `howToGetIt`, where the program is not there. */
export async function startProgram(
  command: string,
  args: readonly string[],
  howToGetIt: string,
  options: SpawnOptions = {},
): Promise<AsyncDisposable> {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  await Promise.race([
    once(child, 'spawn'),
    once(child, 'error').then(([error]) => {
      throw new Error(howToGetIt, { cause: error });
    }),
  ]);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
