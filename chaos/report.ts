/** The figures of a campaign: what a round adds, how parts merge, and how they are shown. */
import type { Victim } from './plan.ts';

export interface RoundReport {
  seed: number;
  kills: Record<Victim, number>;
  /** What happened besides kills, by kind. */
  actions: Record<string, number>;
  /** What came of the actions of several steps. */
  outcomes: Record<string, number>;
  /** How runs ended. */
  runStates: Record<string, number>;
  runs: number;
  records: number;
  lost: number;
  wrong: number;
  doubled: number;
  redundantWrites: number;
  overlaps: number;
  foreignWrites: number;
  /** Batches sent again because the answer to the first was never recorded. */
  repeats: number;
  /** Rows that the vendors took, in all. */
  writes: number;
  /** Access tokens that had expired and were renewed. */
  renewals: number;
  /** Runs that were not hit, whose counts were compared with the log and the database. */
  compared: number;
  /** Left as a vendor or a person made them unseen, and reported as altered. */
  altered: number;
  /** What kept the round from ending as it should. */
  problems: string[];
  resumeMs: number[];
  seconds: number;
}

export interface Summary {
  seed: number;
  kills: Record<Victim, number>;
  /** What happened besides kills, by kind. */
  actions: Record<string, number>;
  /** What came of the actions of several steps. */
  outcomes: Record<string, number>;
  /** How runs ended. */
  runStates: Record<string, number>;
  runs: number;
  records: number;
  lost: number;
  wrong: number;
  doubled: number;
  redundantWrites: number;
  overlaps: number;
  foreignWrites: number;
  resumeMs: { median: number | null; p95: number | null };
}

export function emptyReport(seed: number): RoundReport {
  return {
    seed,
    kills: { worker: 0, api: 0, temporal: 0, postgres: 0 },
    ...{ actions: {}, outcomes: {}, runStates: {} },
    ...{ runs: 0, records: 0, lost: 0, wrong: 0, doubled: 0, redundantWrites: 0, overlaps: 0, foreignWrites: 0 },
    ...{ repeats: 0, writes: 0, renewals: 0, compared: 0, altered: 0, problems: [], resumeMs: [], seconds: 0 },
  };
}

const zeros = ['lost', 'wrong', 'doubled', 'redundantWrites', 'overlaps', 'foreignWrites'] as const;

export function hasPassed(round: RoundReport): boolean {
  return zeros.every((name) => round[name] === 0) && round.problems.length === 0;
}

export function countKills({ kills }: Pick<RoundReport, 'kills'>): number {
  return kills.worker + kills.api + kills.temporal + kills.postgres;
}

export function summarise(seed: number, rounds: readonly RoundReport[]): Summary {
  const sum = (name: 'runs' | 'records' | (typeof zeros)[number]): number =>
    rounds.reduce((total, round) => total + round[name], 0);
  const killed = (victim: Victim): number => rounds.reduce((total, round) => total + round.kills[victim], 0);
  const resumed = rounds.flatMap((round) => round.resumeMs).sort((a, b) => a - b);
  const at = (share: number): number | null => resumed[Math.ceil(share * resumed.length) - 1] ?? null;
  return {
    seed,
    kills: { worker: killed('worker'), api: killed('api'), temporal: killed('temporal'), postgres: killed('postgres') },
    actions: merged(rounds.map(({ actions }) => actions)),
    outcomes: merged(rounds.map(({ outcomes }) => outcomes)),
    runStates: merged(rounds.map(({ runStates }) => runStates)),
    runs: sum('runs'),
    records: sum('records'),
    lost: sum('lost'),
    wrong: sum('wrong'),
    doubled: sum('doubled'),
    redundantWrites: sum('redundantWrites'),
    overlaps: sum('overlaps'),
    foreignWrites: sum('foreignWrites'),
    resumeMs: { median: at(0.5), p95: at(0.95) },
  };
}

/** Reports of an earlier version count none. */
function merged(all: readonly (Record<string, number> | undefined)[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [what, n] of all.flatMap((one) => Object.entries(one ?? {}))) sum[what] = (sum[what] ?? 0) + n;
  return Object.fromEntries(Object.entries(sum).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function describeRound(round: RoundReport): string {
  const { kills } = round;
  const killed = `${kills.worker} worker, ${kills.api} api, ${kills.temporal} temporal, ${kills.postgres} postgres`;
  const figures = zeros.map((name) => `${name} ${round[name]}`).join(', ');
  return [
    `seed ${round.seed}: ${hasPassed(round) ? 'passed' : 'FAILED'} in ${Math.round(round.seconds)} s; killed ${killed}; ${round.runs} runs,`,
    `  ${round.records} records, ${round.writes} rows written, ${round.repeats} batches sent again, ${round.renewals} tokens renewed,
  ${round.compared} runs' counts compared; ${figures}`,
    `  ${listed(round.actions)}`,
    `  ${listed(round.runStates)}`,
    `  ${listed(round.outcomes)}`,
    ...round.problems.map((problem) => `  ! ${problem}`),
  ].join('\n');
}

function listed(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([what, n]) => `${n} × ${what}`)
    .join('; ');
}
