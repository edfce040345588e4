/**
 * `node oracle/main.ts --admin URL --world W --setup FILE [--before FILE]`: prints the verdict and exits 0 only if nothing
 * was found. FILE is one OracleSetup or a list of them (then the rest of the world must be untouched too). Without
 * `--before` it says what a run would still write. `--save FILE` takes the snapshot for a later `--before` and does no more.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import type { Expectation, Finding, OracleSetup, Truth } from './contract.ts';
import { expect } from './expect.ts';
import { loadTruth, saveTruth } from './saved-truth.ts';
import { snapshot } from './snapshot.ts';
import { expectedWrites } from './unfinished.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { admin: text, world: text, setup: text, before: text, save: text } });
const { admin, world, setup, before, save } = values;
if (!admin || !world || (!setup && !save)) {
  console.error('usage: oracle/main.ts --admin URL --world W (--setup FILE [--before FILE] | --save FILE)');
  process.exit(2);
}

if (save) {
  const truth = await snapshot(admin, world);
  await saveTruth(truth, save);
  console.log(`saved ${records(truth)} records to ${save}`);
} else {
  const parsed = JSON.parse(await readFile(setup!, 'utf8')) as OracleSetup | OracleSetup[];
  const after = await snapshot(admin, world, { events: !before });
  const start = before ? await loadTruth(before) : after;
  const expectations = [parsed].flat().map((it) => expect(start, it));
  const findings = before
    ? compare(after, start, Array.isArray(parsed) ? expectations : expectations[0]!)
    : expectations.flatMap(expectedWrites);
  report(after, expectations, findings);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

function records(truth: Truth): number {
  return truth.contacts.length + truth.companies.length + truth.visitors.length + truth.accounts.length;
}

function report(after: Truth, expectations: Expectation[], findings: Finding[]): void {
  for (const { object, status, reason, match, pull, push, writes, creates } of expectations) {
    console.log(`${object}: ${status}${reason ? ` (${reason})` : ''}, ${match.pairs.size} matched`);
    for (const leg of [pull, push]) {
      if (leg) console.log(`  ${leg.leg}: ${leg.read} read, ${JSON.stringify(leg.counts)}`);
    }
    console.log(`  ${writes.length} records to write, ${creates.length} to create`);
  }
  console.log(`${records(after)} records checked, ${findings.length} findings`);
  for (const finding of findings.slice(0, 20)) console.log(JSON.stringify(finding));
}
