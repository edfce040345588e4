/**
 * Keeps a version for the tests that run it beside the next one: `npm run release -- <version> [commit]`, at the commit that is
 * released (HEAD when left out). Takes the place of the version before.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { packRelease } from './pack.ts';

const [version, commit = 'HEAD'] = process.argv.slice(2);
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
  console.error('Which version? For example: npm run release -- 0.2.0');
  process.exitCode = 2;
} else {
  const repository = path.join(import.meta.dirname, '../..');
  const folder = path.join(repository, 'test/reliability/released');
  const file = packRelease({ repository, version, commit, folder });
  console.log(`${path.relative(repository, file)}: ${Math.round(statSync(file).size / 1000)} kB`);
}
