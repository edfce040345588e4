/** How Pendo counts and adds. Asked about rows that the request brings along, so that the answer depends on no data. */
import { numberIn } from '../../sync/numbers.ts';
import type { Verdict } from '../../sync/verdicts.ts';
import { countsDays, sumsMinutes } from '../needs.ts';
import { disproved, type PendoAssumption, proved, unknown } from '../types.ts';

function compare(answer: unknown, expected: number, what: string): Verdict {
  const found = numberIn(answer);
  const evidence = `${what}: ${expected} expected, Pendo says ${found ?? 'no number'}.`;
  if (answer === undefined) return unknown(evidence);
  return found === expected ? proved(evidence) : disproved(evidence);
}

export const distinctDays: PendoAssumption = {
  id: 'pendo.distinctDays',
  vendor: 'pendo',
  assumed: 'Counting `day` counts distinct days, not rows.',
  matters: 'Days Active of visitors would be the number of rows, which is many times too high.',
  source: "Pendo's aggregation documentation; one restatement of it says rows.",
  check: 'Three rows of two days, sent with the request, are counted.',
  calls: 1,
  otherwise: 'otherWay',
  fix: 'Nothing to do: rows of a day are made one before days are counted. Reading takes Pendo longer.',
  neededBy: (need) => need.object === 'visitor' && countsDays(need),
  ask: async ({ sums }) => compare((await sums()).days, 2, 'Three rows of two days'),
};

export const missingMinutes: PendoAssumption = {
  id: 'pendo.missingMinutes',
  vendor: 'pendo',
  assumed: 'A row without minutes adds 0 to a sum.',
  matters: 'Time on App and Usage Trending would be 0 or empty for whoever has one such row.',
  source: 'Not stated anywhere; rows without minutes are seen in real subscriptions.',
  check: 'Three rows, one without minutes, sent with the request, are added up.',
  calls: 1,
  otherwise: 'stop',
  fix: 'Take Time on App and Usage Trending out of the mapping, and report this: another way to add is needed.',
  neededBy: sumsMinutes,
  ask: async ({ sums }) => compare((await sums()).minutes, 12, '5 + nothing + 7 minutes'),
};
