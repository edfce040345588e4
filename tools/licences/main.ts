/** Checks the licences of all packages in package-lock.json: `npm run licences`; with `--list` it prints them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type LockedPackage, licenceProblems, licencesOf } from './check.ts';

const file = path.join(import.meta.dirname, '../../package-lock.json');
const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> };
const licences = licencesOf(packages);
if (process.argv.includes('--list')) {
  for (const one of licences)
    console.log([one.name, one.version, one.licence, one.shipped ? 'shipped' : ''].join('\t'));
}
const problems = licenceProblems(licences);
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error('Use another package, or, if the licence is fine, say so and why in tools/licences/check.ts.');
  process.exitCode = 1;
} else {
  console.log(`${licences.length} packages: every licence is allowed`);
}
