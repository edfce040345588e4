/** A column for each day up to today. Pure numbers, drawn by columns.tsx. */
export interface ColumnDay {
  day: string;
  calls: number;
  throttled: number;
}

export interface PlacedColumn extends ColumnDay {
  x: number;
  width: number;
  /** From the top of the picture; the refused part is the top of the column. */
  y: number;
  height: number;
  refusedHeight: number;
}

const dayMs = 86_400_000;

/** The last `days` days up to `today` (`YYYY-MM-DD`), oldest first. A day with any call is at least two units high. */
export function placeColumns(
  entries: readonly ColumnDay[],
  today: string,
  days: number,
  box: { width: number; height: number },
): PlacedColumn[] {
  const byDay = new Map(entries.map((entry) => [entry.day, entry]));
  const most = Math.max(1, ...entries.map(({ calls }) => calls));
  const end = Date.parse(`${today}T00:00:00Z`);
  const step = box.width / days;
  return Array.from({ length: days }, (_, at) => {
    const day = new Date(end - (days - 1 - at) * dayMs).toISOString().slice(0, 10);
    const { calls, throttled } = byDay.get(day) ?? { calls: 0, throttled: 0 };
    const height = calls === 0 ? 0 : Math.max(2, (calls / most) * box.height);
    const refusedHeight = calls === 0 || throttled === 0 ? 0 : Math.max(2, (throttled / calls) * height);
    return { day, calls, throttled, x: at * step, width: step * 0.75, y: box.height - height, height, refusedHeight };
  });
}
