/** The figures of a campaign: what a round adds, how parts merge, and how they are told. */
import type { Victim } from './plan.ts';

export interface RoundReport {
  seed: number;
  kills: Record<Victim, number>;
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
  /** Runs that nothing struck, whose counts were compared with the log and the database. */
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

export function tell(round: RoundReport): string {
  const { kills } = round;
  const killed = `${kills.worker} worker, ${kills.api} api, ${kills.temporal} temporal, ${kills.postgres} postgres`;
  const figures = zeros.map((name) => `${name} ${round[name]}`).join(', ');
  return [
    `seed ${round.seed}: ${hasPassed(round) ? 'passed' : 'FAILED'} in ${Math.round(round.seconds)} s; killed ${killed}; ${round.runs} runs,`,
    `  ${round.records} records, ${round.writes} rows written, ${round.repeats} batches sent again, ${round.renewals} tokens renewed,
  ${round.compared} runs' counts compared; ${figures}`,
    ...round.problems.map((problem) => `  ! ${problem}`),
  ].join('\n');
}
