import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import type { Environment } from './environment.ts';
import { goBuild, hasGo } from './go-build.ts';
import { withLock } from './lock.ts';

export interface PinnedProgram {
  /** What it is called, for people and in the cache. */
  name: string;
  /** Folder of the go.mod that pins it. */
  module: string;
  /** Import path of the command. */
  command: string;
}

/**
 * A Go program at the version that its go.mod pins, from this user's cache. Builds it when this machine has not done so before.
 *
 * @throws when Go is not there.
 */
export async function pinnedProgram(
  { name, module, command }: PinnedProgram,
  environment: Environment,
  log: (line: string) => void,
): Promise<string> {
  const version = pinnedVersion(module, command);
  const program = join(cacheFolder(environment, name), `${name}-${version}-${process.platform}-${process.arch}`);
  const build = async (): Promise<void> => {
    if (existsSync(program)) return;
    if (!hasGo(environment)) throw new Error(`${name} is built with Go, which is not on PATH (1.21 or later).`);
    log(`Building ${name} ${version} with Go: once per machine, some minutes.`);
    await goBuild({ module, command, target: program, log, environment });
  };
  const onWait = (): void => log(`Another process is building ${name}: waiting for it.`);
  await withLock(`${program}.lock`, build, { timeoutMs: 30 * 60_000, onWait });
  return program;
}

/** The version of the module that holds the command: of several, the one with the longest path. */
function pinnedVersion(module: string, command: string): string {
  const text = readFileSync(join(module, 'go.mod'), 'utf8');
  const pinned = [...text.matchAll(/^\s*(?:require )?(\S+) (v\d\S*)/gm)].filter(([, path = '']) =>
    command.startsWith(`${path}/`),
  );
  const version = pinned.sort(([, a = ''], [, b = '']) => b.length - a.length)[0]?.[2];
  if (version === undefined) throw new Error(`${module}go.mod does not pin ${command}.`);
  return version;
}
