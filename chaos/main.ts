/**
 * The campaign that tries to break Crosswalk: `npm run chaos -- --seed 1 --kills 30 --json`. A campaign is made of rounds, each
 * with a seed of its own; `--seed <that seed> --kills <kills of a round>` plays one round again.
 */
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Victim, victims } from './plan.ts';
import { type QuietName, quietNames } from './quiet/cases.ts';
import { countKills, describeRound, emptyReport, hasPassed, type RoundReport, summarise } from './report.ts';
import { runRound } from './round.ts';

const help = `Breaks Crosswalk on purpose, and compares what is left with an independent model.

  npm run chaos -- [options]

  --seed <n>         of the first round (default: by chance, and printed)
  --kills <n>        how many processes to kill -9 in all (default 30)
  --round <n>        kills in one round, after which everything is compared (default 15)
  --temporal <how>   where Temporal keeps its state: file, or postgres as in production (default file)
  --only <victims>   kill only these: ${victims.join(',')}
  --cases <names>    after the kills try only these guarantees once more: ${quietNames.join(',')}
  --resume <file>    report so far; goes on after the rounds that stand there, and adds its own
  --keep             keep the servers' logs of a round that failed
  --json             the last line is one JSON object
  --help             this text

The exit status is 0 only if nothing was lost, wrong, doubled, written without need or out of turn.
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    kills: { type: 'string', default: '30' },
    round: { type: 'string', default: '15' },
    temporal: { type: 'string', default: 'file' },
    only: { type: 'string' },
    cases: { type: 'string' },
    resume: { type: 'string' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Saved {
  seed: number;
  rounds: RoundReport[];
}

// The processes that were started end with this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

if (values.help) {
  process.stdout.write(help);
} else {
  process.exitCode = (await campaign()) ? 0 : 1;
  // Sockets of clients that lost their servers may linger.
  process.exit();
}

async function campaign(): Promise<boolean> {
  const kills = number('kills', values.kills);
  const perRound = number('round', values.round);
  const temporal = values.temporal;
  if (temporal !== 'file' && temporal !== 'postgres') throw new TypeError('--temporal: file or postgres.');
  const only = values.only?.split(',').map((name) => {
    if (!victims.includes(name as Victim)) throw new TypeError(`--only: ${victims.join(', ')}.`);
    return name as Victim;
  });
  const cases = values.cases?.split(',').map((name) => {
    if (!quietNames.includes(name as QuietName)) throw new TypeError(`--cases: ${quietNames.join(', ')}.`);
    return name as QuietName;
  });
  const saved = await load();
  const { rounds } = saved;
  console.log(`seed ${saved.seed}`);
  for (let left = kills - killsOf(rounds); left > 0; left = kills - killsOf(rounds)) {
    const seed = saved.seed + rounds.length;
    const here = Math.min(left, perRound);
    const say = (line: string): void => console.error(`  ${line}`);
    const round = await runRound({ seed, kills: here, temporal, only, cases, say, keep: values.keep }).catch(
      (error: unknown) => broken(seed, error),
    );
    rounds.push(round);
    console.log(describeRound(round));
    if (!hasPassed(round)) console.log(`  again: npm run chaos -- --seed ${seed} --kills ${here} --round ${perRound}`);
    await save(saved);
    if (countKills(round) === 0) break;
  }
  const summary = summarise(saved.seed, rounds);
  const passed = rounds.every(hasPassed) && killsOf(rounds) >= kills;
  console.log(
    values.json ? JSON.stringify(summary) : `${passed ? 'passed' : 'FAILED'} ${JSON.stringify(summary, null, 2)}`,
  );
  return passed;
}

function killsOf(rounds: readonly RoundReport[]): number {
  return rounds.reduce((total, round) => total + countKills(round), 0);
}

/** A round that could not be brought to its end proves nothing, and says so. */
function broken(seed: number, error: unknown): RoundReport {
  return { ...emptyReport(seed), problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
}

async function load(): Promise<Saved> {
  if (values.resume !== undefined && existsSync(values.resume)) {
    return JSON.parse(await readFile(values.resume, 'utf8')) as Saved;
  }
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1e6) : number('seed', values.seed);
  return { seed, rounds: [] };
}

async function save(saved: Saved): Promise<void> {
  if (values.resume === undefined) return;
  await writeFile(`${values.resume}.new`, JSON.stringify(saved));
  await rename(`${values.resume}.new`, values.resume);
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`--${name}: ${text} is not a number.`);
  return value;
}
