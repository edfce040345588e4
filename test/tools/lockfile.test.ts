import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { completeLock, type LockFile, missingOptionals } from '../../tools/lockfile/complete.ts';

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as LockFile;

test('npm ci can install: the lock file has an entry for every optional package (mend it with "npm run lockfile")', () => {
  expect(missingOptionals(lock)).toEqual([]);
});

test('the lock file names no registry, so that every user takes packages from their own', () => {
  expect(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')).not.toContain('"resolved"');
});

test('a dropped entry is found and put back for its platform only', () => {
  const name = 'node_modules/@biomejs/cli-linux-x64-musl';
  const packages = Object.fromEntries(Object.entries(lock.packages).filter(([path]) => path !== name));
  expect(missingOptionals({ packages }).map((missing) => missing.name)).toEqual(['@biomejs/cli-linux-x64-musl']);
  expect(completeLock({ packages }).packages[name]).toMatchObject({
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
    dev: true,
    optional: true,
  });
});
