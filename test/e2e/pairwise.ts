/** Combinations of settings. */

export type Factors = Record<string, readonly unknown[]>;
export type Row<F extends Factors> = { [K in keyof F]: F[K][number] };

/** A small generator of numbers in [0, 1) that a seed determines (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function anyRow<F extends Factors>(factors: F, random: () => number): Row<F> {
  return Object.fromEntries(
    Object.entries(factors).map(([name, values]) => [name, values[Math.floor(random() * values.length)]]),
  ) as Row<F>;
}

/** Rows in which every value of every factor meets every value of every other, by greed: the best of some candidates. */
export function pairwise<F extends Factors>(factors: F, seed: number): Row<F>[] {
  const random = dice(seed);
  const names = Object.keys(factors);
  const open = new Set<string>();
  const pair = (a: string, x: unknown, b: string, y: unknown): string => JSON.stringify([a, x, b, y]);
  const pairsOf = (row: Record<string, unknown>): string[] =>
    names.flatMap((a, i) => names.slice(i + 1).map((b) => pair(a, row[a], b, row[b])));
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      for (const x of factors[a] ?? []) for (const y of factors[b] ?? []) open.add(pair(a, x, b, y));
    }
  }
  const rows: Row<F>[] = [];
  while (open.size > 0) {
    const seedPair = JSON.parse([...open][0] as string) as [string, unknown, string, unknown];
    const candidates = Array.from({ length: 200 }, () => ({
      ...anyRow(factors, random),
      [seedPair[0]]: seedPair[1],
      [seedPair[2]]: seedPair[3],
    })) as Row<F>[];
    const gain = (row: Row<F>): number => pairsOf(row).filter((each) => open.has(each)).length;
    const best = candidates.reduce((a, b) => (gain(b) > gain(a) ? b : a));
    for (const each of pairsOf(best)) open.delete(each);
    rows.push(best);
  }
  return rows;
}
