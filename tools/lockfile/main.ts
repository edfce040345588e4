import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { completeLock, type LockFile, missingOptionals } from './complete.ts';

/** As npm's registry has it. @throws when it does not know the package: without a hash npm would take whatever comes. */
function integrityOf(name: string, version: string): string {
  const integrity = execFileSync('npm', ['view', `${name}@${version}`, 'dist.integrity'], { encoding: 'utf8' }).trim();
  if (!integrity.startsWith('sha512-')) {
    throw new Error(
      `The registry has no hash of ${name}@${version}. Run this again with a registry that has the package.`,
    );
  }
  return integrity;
}

const file = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile;
const missing = missingOptionals(lock);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completeLock(lock, integrityOf), null, 2)}\n`);
console.log(`package-lock.json: ${missing.length} entries for other platforms added`);
