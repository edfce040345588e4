import { spawn, spawnSync } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { type Environment, goEnvironment } from './environment.ts';

/** The module whose go.mod and go.sum pin every program of Temporal that we build. */
export const goModule = new URL('../tools/temporal/', import.meta.url).pathname;

export interface GoBuildOptions {
  /** Folder of the go.mod that pins the command. Default: Temporal's. */
  module?: string;
  /** Import path of the command, for example `github.com/temporalio/cli/cmd/temporal`. */
  command: string;
  /** Where the program goes. Appears there only when it is complete. */
  target: string;
  /** Receives a progress line now and then. */
  log: (line: string) => void;
  environment: Environment;
}

/** True when a Go tool chain is on PATH. Older ones fetch the version that go.mod asks for by themselves. */
export function hasGo(environment: Environment): boolean {
  return spawnSync('go', ['version'], { stdio: 'ignore', env: goEnvironment(environment) }).status === 0;
}

/**
 * Builds a Go command of the pinned module. Cold, it takes minutes and about 3 GB of Go's own caches.
 *
 * @throws with the last lines of the compiler when it fails.
 */
export async function goBuild({ module = goModule, command, target, log, environment }: GoBuildOptions): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  const started = Date.now();
  const child = spawn('go', ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', partial, command], {
    cwd: module,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...goEnvironment(environment), GOFLAGS: '-mod=readonly -buildvcs=false', CGO_ENABLED: '0' },
  });
  const lastLines: string[] = [];
  const seen = { downloaded: 0, compiled: 0 };
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    if (line.startsWith('go: downloading')) seen.downloaded += 1;
    else seen.compiled += 1;
    lastLines.push(line);
    if (lastLines.length > 15) lastLines.shift();
  });
  const ticker = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    log(`  ${seconds} s: ${seen.downloaded} modules downloaded, ${seen.compiled} packages compiled`);
  }, 10_000);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`"go build ${command}" failed:\n${lastLines.join('\n')}`);
    await rename(partial, target);
    log(`  done in ${Math.round((Date.now() - started) / 1000)} s: ${target}`);
  } finally {
    clearInterval(ticker);
    await rm(partial, { force: true });
  }
}
