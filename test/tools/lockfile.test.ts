import { readFileSync } from 'node:fs';
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
