/**
 * Asks the registry for known vulnerabilities of our packages: `npm run audit`. Status 1 for a finding that tools/audit/accepted.json
 * does not list with a reason and a date. A registry that answers no audits is reported, and fails only with AUDIT_REQUIRED=true.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Accepted, advisoriesIn, auditProblems } from './judge.ts';

const { stdout, stderr } = spawnSync('npm', ['audit', '--json', '--audit'], {
  cwd: path.join(import.meta.dirname, '../..'),
  encoding: 'utf8',
  timeout: 120_000,
});
const found = advisoriesIn(stdout);
if (found === undefined) {
  const why = /^\s*"message": "(.*?)(?: - .*)?"/m.exec(stdout)?.[1] ?? stderr.trim().split('\n')[0] ?? 'no answer';
  console.error(`NOT AUDITED: the registry of packages answers no audits (${why}).`);
  console.error('Run "npm run audit" where it does; AUDIT_REQUIRED=true makes this a failure.');
  process.exitCode = process.env.AUDIT_REQUIRED === 'true' ? 1 : 0;
} else {
  const list = readFileSync(path.join(import.meta.dirname, 'accepted.json'), 'utf8');
  const problems = auditProblems(found, JSON.parse(list) as Accepted[], new Date().toISOString().slice(0, 10));
  for (const problem of problems) console.error(problem);
  console.log(`${found.length} advisories, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
