/** Days, minutes and active visitors of the records of a page, over every window that some field asks for. */
import type { Column, Columns } from './columns.ts';
import { figure, isOfMetric, isOfSource, liveFields } from './columns.ts';
import { numberCanon, numberIn } from './numbers.ts';
import type { WindowDays } from './push-mapping.ts';
import type { PushPlan } from './types.ts';
import { timeOnApp, usageTrending } from './usage-trending.ts';

export interface UsageWindow {
  days: WindowDays;
  /** Start of its first day, epoch ms. */
  start: number;
  /** The same of the equally long window before it; null: no field compares with that. */
  earlierStart: number | null;
}

const usageMetrics = ['daysActive', 'timeOnApp', 'usageTrending'] as const;

function usageWindow(field: PushPlan, standard: WindowDays): WindowDays | null {
  if (isOfMetric(field, ...usageMetrics)) return field.window ?? standard;
  return isOfSource(field, 'activeVisitors') ? field.window : null;
}

/** The longest first. Empty: no field counts usage. */
export function usageWindows(
  push: readonly PushPlan[],
  standard: WindowDays,
  daysBack: (days: number) => number,
): UsageWindow[] {
  const compared = new Map<WindowDays, boolean>();
  for (const field of liveFields(push)) {
    const days = usageWindow(field, standard);
    if (days === null) continue;
    compared.set(days, (compared.get(days) ?? false) || isOfMetric(field, 'usageTrending'));
  }
  return [...compared]
    .sort(([a], [b]) => b - a)
    .map(([days, isCompared]) => ({
      days,
      start: daysBack(days),
      earlierStart: isCompared ? daysBack(2 * days) : null,
    }));
}

/** How many days back the longest of them reaches. */
export function usageReach(windows: readonly UsageWindow[]): number {
  return Math.max(0, ...windows.map(({ days, earlierStart }) => (earlierStart === null ? days : 2 * days)));
}

type Row = Record<string, unknown>;

export interface UsageFigures {
  /** A row of `pipelines.usageByVisitor`. */
  addVisitor(place: number, row: Row): void;
  /** A row of `pipelines.usageByAccountVisitor`, of a visitor who is not excluded. */
  addAccountVisitor(place: number, visitorId: string, row: Row): void;
  columns: Columns;
}

/**
 * @param size records of the page
 * @param inParts one visitor may come in several rows, of days that are all different
 */
export function createUsageFigures(
  push: readonly PushPlan[],
  standard: WindowDays,
  windows: readonly UsageWindow[],
  size: number,
  inParts: boolean,
): UsageFigures {
  const numbers = windows.map(
    (window): WindowNumbers => ({
      ...window,
      daysActive: new Float64Array(size),
      minutes: new Float64Array(size),
      earlier: new Float64Array(size),
      visitors: new Float64Array(size),
    }),
  );
  const firstStart = Math.min(...windows.map(({ start }) => start));
  const countsVisitors = push.some((field) => isOfSource(field, 'activeVisitors'));
  /** Days of an account with somebody active; null: one could not be read. */
  const united: (Set<number> | null | undefined)[] = [];
  /** Last active day of each visitor of an account, where rows of one may come again. */
  const lastDays: Map<string, number>[] = [];

  function countVisitor(place: number, visitorId: string, last: number): void {
    let before = Number.NEGATIVE_INFINITY;
    if (inParts) {
      const ofAccount = lastDays[place] ?? new Map<string, number>();
      lastDays[place] = ofAccount;
      before = ofAccount.get(visitorId) ?? before;
      if (last > before) ofAccount.set(visitorId, last);
    }
    for (const { start, visitors } of numbers) {
      if (last >= start && before < start) visitors[place] = (visitors[place] ?? 0) + 1;
    }
  }

  function addMinutes(place: number, row: Row): void {
    for (const { days, minutes, earlier } of numbers) {
      minutes[place] = (minutes[place] ?? 0) + figure(row[`minutes${days}`]);
      earlier[place] = (earlier[place] ?? 0) + figure(row[`earlier${days}`]);
    }
  }

  return {
    addVisitor(place, row) {
      for (const { days, daysActive } of numbers) {
        daysActive[place] = (daysActive[place] ?? 0) + figure(row[`days${days}`]);
      }
      addMinutes(place, row);
    },
    addAccountVisitor(place, visitorId, row) {
      let last = Number.NEGATIVE_INFINITY;
      let set = united[place] === undefined ? new Set<number>() : united[place];
      for (const raw of Array.isArray(row.days) ? row.days : [row.days ?? 0]) {
        const day = numberIn(raw);
        if (day === undefined) set = null;
        else if (day >= firstStart) {
          set?.add(day);
          last = Math.max(last, day);
        }
      }
      united[place] = set;
      if (countsVisitors) countVisitor(place, visitorId, last);
      addMinutes(place, row);
    },
    columns: usageColumns(push, standard, numbers, united),
  };
}

interface WindowNumbers extends UsageWindow {
  daysActive: Float64Array;
  minutes: Float64Array;
  earlier: Float64Array;
  visitors: Float64Array;
}

function usageColumns(
  push: readonly PushPlan[],
  standard: WindowDays,
  numbers: readonly WindowNumbers[],
  united: readonly (ReadonlySet<number> | null | undefined)[],
): Columns {
  const columns = new Map<string, Column>();
  for (const field of liveFields(push)) {
    const days = usageWindow(field, standard);
    const own = numbers.find((one) => one.days === days);
    if (own === undefined) continue;
    const { start, daysActive, minutes, earlier, visitors } = own;
    if (isOfSource(field, 'activeVisitors')) columns.set(field.property, (place) => numberCanon(visitors[place] ?? 0));
    else if (isOfMetric(field, 'timeOnApp')) columns.set(field.property, (place) => timeOnApp(minutes[place] ?? 0));
    else if (isOfMetric(field, 'usageTrending')) {
      columns.set(field.property, (place) => usageTrending(minutes[place] ?? 0, earlier[place] ?? 0));
    } else {
      columns.set(field.property, (place) => {
        const set = united[place];
        if (set === undefined) return numberCanon(daysActive[place] ?? 0);
        return numberCanon(set === null ? Number.NaN : countFrom(set, start));
      });
    }
  }
  return columns;
}

function countFrom(days: ReadonlySet<number>, start: number): number {
  let count = 0;
  for (const day of days) if (day >= start) count++;
  return count;
}
