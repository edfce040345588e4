import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** What runs in a deployment, apart from its packages. */
const contents = ['package.json', 'src', 'infra'];

export interface PackOptions {
  repository: string;
  version: string;
  commit: string;
  /** Holds one archive, of the newest version. */
  folder: string;
}

/**
 * Packs a version as it stands in a commit. The same commit gives the same bytes: git writes its time and no owners, and its id
 * (`git get-tar-commit-id`).
 * @throws where the commit's package.json says another version.
 * @returns the file
 */
export function packRelease({ repository, version, commit, folder }: PackOptions): string {
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['-C', repository, ...args], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] });
  const said = (JSON.parse(git('show', `${commit}:package.json`).toString()) as { version: string }).version;
  if (said !== version) throw new Error(`package.json of ${commit} says ${said}, not ${version}.`);
  const tar = git('-c', 'tar.umask=0022', 'archive', '--format=tar', `${commit}^{commit}`, ...contents);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.endsWith('.tgz')) rmSync(path.join(folder, name));
  const file = path.join(folder, `${version}.tgz`);
  writeFileSync(file, gzipSync(tar, { level: 9 }));
  return file;
}
