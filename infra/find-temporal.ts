import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';
import { childEnvironment, type Environment } from './environment.ts';
import { goBuild, goModule, hasGo } from './go-build.ts';
import { withLock } from './lock.ts';
import { downloadTemporal } from './temporal-download.ts';

/** Where a Temporal server can be had: one that runs already, or the `temporal` program to start one with. */
export type FoundTemporal =
  | { kind: 'address'; address: string }
  | { kind: 'program'; path: string; from: 'PATH' | 'cache' | 'download' | 'build' };

export interface FindOptions {
  /** Receives progress lines of slow steps. Default: standard error. */
  log?: (line: string) => void;
  /** `host:port` of a server that runs already. Given: nothing is looked for. */
  address?: string | undefined;
  /** `PATH` and the folders of this user are read; what the programs need of it is handed on. */
  environment: Environment;
}

/** Fairness between tenants needs this server; an older `temporal` on PATH is passed over. */
const oldestServer = [1, 29] as const;

const buildTakesMs = 30 * 60_000;

/**
 * Finds a Temporal server, in this order: the address given; `temporal` on PATH; this user's cache; the SDK's own
 * download; a Go build of the version pinned in `tools/temporal`. The last two fill the cache, once per machine.
 *
 * @throws with what was tried and what to do when nothing is found.
 */
export async function findTemporal(options: FindOptions): Promise<FoundTemporal> {
  const log = options.log ?? ((line: string) => console.error(line));
  const { address, environment } = options;
  if (address) return { kind: 'address', address };

  const onPath = await findOnPath(environment, log);
  if (onPath !== undefined) return { kind: 'program', path: onPath, from: 'PATH' };

  const version = pinnedVersion();
  const folder = cacheFolder(environment, 'temporal', `cli-${version}-${process.platform}-${process.arch}`);
  const cached = join(folder, 'temporal');
  if (await works(cached, environment)) return { kind: 'program', path: cached, from: 'cache' };

  return withLock(join(folder, 'lock'), () => fillCache(cached, version, log, environment), {
    timeoutMs: buildTakesMs,
    onWait: () => log('Another process is fetching the Temporal server: waiting for it.'),
  });
}

async function fillCache(
  cached: string,
  version: string,
  log: (line: string) => void,
  environment: Environment,
): Promise<FoundTemporal> {
  if (await works(cached, environment)) return { kind: 'program', path: cached, from: 'cache' };

  log(`Temporal ${version} is not on this machine yet. Downloading it…`);
  const download = await downloadTemporal(join(dirname(cached), 'download'), environment);
  if ('path' in download && (await works(download.path, environment))) {
    await place(download.path, cached);
    return { kind: 'program', path: cached, from: 'download' };
  }
  const notDownloaded = 'failed' in download ? download.failed : 'what came does not run';
  log(`  not possible: ${notDownloaded}`);

  if (!hasGo(environment)) {
    throw new Error(
      [
        'There is no Temporal server, and no way to get one by ourselves.',
        `  tried: TEMPORAL_ADDRESS (not set), "temporal" on PATH (not there), the cache (${cached}: not there),`,
        `         the SDK's download (${notDownloaded}), a build with Go ("go" is not on PATH)`,
        '  do one of these:',
        '  - install the Temporal CLI, 1.5 or later, so that "temporal" is on PATH (docs.temporal.io/cli)',
        '  - install Go 1.21 or later: the server is then built once, in five to ten minutes',
        '  - set TEMPORAL_ADDRESS=host:port to a Temporal server that runs already',
      ].join('\n'),
    );
  }
  log('Building it with Go instead: once per machine, five to ten minutes.');
  await goBuild({ command: 'github.com/temporalio/cli/cmd/temporal', target: cached, log, environment });
  if (!(await works(cached, environment))) throw new Error(`${cached} was built but does not run.`);
  return { kind: 'program', path: cached, from: 'build' };
}

async function findOnPath(environment: Environment, log: (line: string) => void): Promise<string | undefined> {
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    const program = join(folder, 'temporal');
    const server = folder && existsSync(program) ? await serverVersion(program, environment) : undefined;
    if (server === undefined) continue;
    const [major = 0, minor = 0] = server.split('.').map(Number);
    if (major > oldestServer[0] || (major === oldestServer[0] && minor >= oldestServer[1])) return program;
    log(`${program} is passed over: its server ${server} is older than ${oldestServer.join('.')}.`);
  }
  return undefined;
}

async function works(path: string, environment: Environment): Promise<boolean> {
  return existsSync(path) && (await serverVersion(path, environment)) !== undefined;
}

/** The version of the server inside a `temporal` program; undefined when it does not run. */
async function serverVersion(path: string, environment: Environment): Promise<string | undefined> {
  try {
    const env = childEnvironment(environment);
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 30_000, env });
    return /Server ([\d.]+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

async function place(from: string, to: string): Promise<void> {
  const partial = `${to}.partial`;
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, partial);
  await chmod(partial, 0o755);
  await rename(partial, to);
  await rm(dirname(from), { recursive: true, force: true });
}

/** The version of the Temporal CLI that go.mod pins. */
function pinnedVersion(): string {
  const found = /temporalio\/cli v([\w.-]+)/.exec(readFileSync(join(goModule, 'go.mod'), 'utf8'));
  if (!found?.[1]) throw new Error(`${goModule}go.mod does not pin github.com/temporalio/cli.`);
  return found[1];
}
