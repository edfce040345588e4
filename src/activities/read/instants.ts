/** What every page of a run computes with: instants as literals, never the time of the moment. */
import type { Run } from '../../db/runs/index.ts';
import { daysBefore, daysCovering, monthsBefore, windows } from '../../sync/clock.ts';
import { npsMonths } from '../../sync/nps.ts';

export interface Instants {
  asOf: number;
  zone: string;
  T0: number;
  currentStart: number;
  earlierStart: number;
  npsFrom: number;
  /** Calendar days from `npsFrom` that hold every answer before `asOf`. */
  npsDays: number;
}

/** The literals that every page of the run computes with. */
export function instantsOf(run: Run): Instants {
  if (run.as_of === null || run.zone === null) throw new Error('the run was not opened');
  const asOf = run.as_of.getTime();
  const { zone } = run;
  const npsFrom = monthsBefore(asOf, zone, npsMonths);
  const frame = windows(asOf, zone, run.config.window);
  const npsDays = daysCovering(npsFrom, asOf, zone);
  return { asOf, zone, ...frame, npsFrom, npsDays };
}

/** The longest window of answers that is known to be taken has two years; a day of more is needed where clocks change. */
const longestSpan = 720;

/** What answers are asked for by: `from <= time < to`, and the days that hold them. All at once, or cut. */
export function npsSpans(
  { zone, asOf, npsFrom, npsDays }: Instants,
  cut: boolean,
): { from: number; to: number; first: number; days: number }[] {
  if (!cut) return [{ from: npsFrom, to: asOf, first: npsFrom, days: npsDays }];
  const spans = [];
  for (let from = npsFrom; from < asOf; ) {
    const to = Math.min(asOf, daysBefore(from, zone, -longestSpan));
    spans.push({ from, to, first: from, days: daysCovering(from, to, zone) });
    from = to;
  }
  return spans;
}
