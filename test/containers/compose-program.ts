import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { childEnvironment, type Environment } from '../../infra/environment.ts';
import { pinnedProgram } from '../../infra/pinned-program.ts';

const pinned = {
  name: 'compose',
  module: new URL('../../tools/compose/', import.meta.url).pathname,
  command: 'github.com/docker/compose/v2/cmd',
};

/** How to call Docker Compose: a program and the arguments that come first. */
export type ComposeCommand = [program: string, ...first: string[]];

/** Docker Compose: the plugin of the `docker` command, else the pinned version, which is built once per machine. */
export async function findCompose(environment: Environment, log: (line: string) => void): Promise<ComposeCommand> {
  const env = childEnvironment(environment);
  const plugin = promisify(execFile)('docker', ['compose', 'version', '--short'], { env });
  if (await plugin.catch(() => undefined)) return ['docker', 'compose'];
  return [await pinnedProgram(pinned, environment, log)];
}
