/** A line over time: points to a path. Pure numbers, drawn by trend.tsx. */
export interface TrendPoint {
  /** Epoch ms. */
  at: number;
  value: number;
  run: string;
}

export interface Placed extends TrendPoint {
  x: number;
  y: number;
}

/** Scales points into a box. The bottom is 0 unless `floor` says otherwise; a flat line stands in the middle. */
export function placePoints(
  points: readonly TrendPoint[],
  box: { width: number; height: number; pad: number },
  floor = 0,
): Placed[] {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return [];
  const most = Math.max(...points.map((point) => point.value), floor);
  const span = last.at - first.at || 1;
  const rise = most - floor || 1;
  const inner = { width: box.width - 2 * box.pad, height: box.height - 2 * box.pad };
  return points.map((point) => ({
    ...point,
    x: box.pad + (points.length === 1 ? inner.width : (inner.width * (point.at - first.at)) / span),
    y: box.pad + inner.height * (1 - (most === floor ? 0.5 : (point.value - floor) / rise)),
  }));
}

export const pathOf = (placed: readonly Placed[]): string =>
  placed.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join(' ');
