/** What a benchmark says: figures, each beside its limit and beside what a plain script reaches. */

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** The best that the vendor's limits allow, or the most that is meant to be spent; in the figure's unit. */
  limit?: number;
  /** Share of the limit that was reached; by the arithmetic of `ofLimit` where calls are counted. */
  ofLimit?: number;
  /** The same by the sequential script, scaled to as many records. */
  script?: number;
  timesScript?: number;
}

export interface Paced {
  /** Calls that the ten-second limit counted. */
  calls: number;
  /** Of the ten seconds before: how long before the first of `calls` each was made, ms. They take places of the same windows. */
  before?: readonly number[];
  /** Calls per ten seconds. */
  tier: number;
  roundTripMs: number;
  tookMs: number;
}

const windowMs = 10_000;

/** How near to the limit a phase came. The opening burst of a whole window is free, so calls per second would flatter. */
export function ofLimit(paced: Paced): number {
  return quickestMs(paced) / paced.tookMs;
}

/**
 * The quickest that so many calls can be: each at the earliest instant that the rolling window allows, and one round trip after
 * the last. With nothing before it, `floor((calls − 1) / tier) × 10 s + one round trip`.
 */
export function quickestMs({ calls, before = [], tier, roundTripMs }: Omit<Paced, 'tookMs'>): number {
  if (calls === 0) return 0;
  const at = before.map((ms) => -ms).sort((a, b) => a - b);
  for (let call = 0; call < calls; call++) {
    at.push(Math.max(0, (at[at.length - tier] ?? Number.NEGATIVE_INFINITY) + windowMs));
  }
  return (at.at(-1) as number) + roundTripMs;
}

/** The most calls that any ten seconds held. `times`: epoch ms, in any order. A call exactly 10 s later is in the next ten. */
export function busiestWindow(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (let to = 0; to < sorted.length; to++) {
    while ((sorted[to] as number) - (sorted[from] as number) >= windowMs) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** As a table for people. */
export function table(figures: readonly Figure[]): string {
  const cell = (value: number | undefined): string => (value === undefined ? '' : String(rounded(value)));
  const rows = [
    ['figure', 'value', 'unit', 'limit', 'of limit', 'script', 'times script'],
    ...figures.map((figure) => [
      figure.name,
      cell(figure.value),
      figure.unit,
      cell(figure.limit),
      figure.ofLimit === undefined ? '' : figure.ofLimit.toFixed(3),
      cell(figure.script),
      figure.timesScript === undefined ? '' : figure.timesScript.toFixed(1),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((text, n) => (n === 0 ? text.padEnd(widths[n]!) : text.padStart(widths[n]!))).join('  '))
    .join('\n');
}

/** For machines: one line. */
export function jsonLine(figures: readonly Figure[]): string {
  return JSON.stringify({
    figures: figures.map(
      ({ name, value, unit, limit = null, ofLimit: share = null, script = null, timesScript = null }) => ({
        name,
        value,
        unit,
        limit,
        ofLimit: share,
        script,
        timesScript,
      }),
    ),
  });
}
