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
  /** Calls per ten seconds. */
  tier: number;
  roundTripMs: number;
  tookMs: number;
}

/**
 * How near to the limit a phase came. The opening burst of a whole window is free, so calls per second would flatter:
 * the quickest that n calls can be is one round trip after the last window has opened.
 */
export function ofLimit(paced: Paced): number {
  return quickestMs(paced) / paced.tookMs;
}

export function quickestMs({ calls, tier, roundTripMs }: Omit<Paced, 'tookMs'>): number {
  return calls === 0 ? 0 : Math.floor((calls - 1) / tier) * 10_000 + roundTripMs;
}

/** The most calls that any ten seconds held. `times`: epoch ms, in any order. A call exactly 10 s later is in the next ten. */
export function busiestWindow(times: readonly number[], windowMs = 10_000): number {
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
