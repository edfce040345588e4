/** Thirty days as thirty bars: what each one looks like. Pure numbers, drawn by strip.tsx. */
export interface StripDay {
  day: string;
  state: string;
  written: number;
  rejected: number;
  run: string;
}

export interface StripBar {
  day: string;
  /** Undefined: no full run on that day. */
  entry: StripDay | undefined;
  /** 0 to 1; a day that wrote nothing still shows. */
  height: number;
}

const dayMs = 86_400_000;

/** The last `days` days up to `today` (`YYYY-MM-DD`, UTC), oldest first. Heights are by the logarithm of what was written. */
export function stripBars(entries: readonly StripDay[], today: string, days = 30): StripBar[] {
  const byDay = new Map(entries.map((entry) => [entry.day, entry]));
  const most = Math.max(1, ...entries.map((entry) => entry.written));
  const end = Date.parse(`${today}T00:00:00Z`);
  return Array.from({ length: days }, (_, at) => {
    const day = new Date(end - (days - 1 - at) * dayMs).toISOString().slice(0, 10);
    const entry = byDay.get(day);
    const height = entry === undefined ? 0.12 : 0.3 + (0.7 * Math.log1p(entry.written)) / Math.log1p(most);
    return { day, entry, height };
  });
}
