/** Use of pages, features or track types by the records of a page: one number for each record and field, however many fields. */
import { dayIn } from './clock.ts';
import { type Column, type Columns, figure, type ItemPlan, isOfItems, liveFields } from './columns.ts';
import { numberCanon, numberIn } from './numbers.ts';
import type { UsageKind, UsageMeasure, WindowDays } from './push-mapping.ts';
import type { Canon, PushPlan } from './types.ts';

export interface ItemWindow {
  days: WindowDays;
  /** Start of its first day, epoch ms. */
  start: number;
  /** What is asked for in it. */
  measures: readonly UsageMeasure[];
}

export interface ItemQuestion {
  fields: ItemPlan[];
  ids: string[];
  /** The longest first. */
  windows: ItemWindow[];
}

/** What is to be asked of one kind; undefined: nothing. */
export function itemQuestion(
  push: readonly PushPlan[],
  kind: UsageKind,
  daysBack: (days: number) => number,
): ItemQuestion | undefined {
  const fields = liveFields(push).filter((field) => isOfItems(field, kind));
  if (fields.length === 0) return undefined;
  const byWindow = Map.groupBy(fields, ({ window }) => window);
  const windows = [...byWindow]
    .sort(([a], [b]) => b - a)
    .map(([days, of]) => ({
      days,
      start: daysBack(days),
      measures: [...new Set(of.map(({ measure }) => measure))].sort(),
    }));
  return { fields, ids: [...new Set(fields.map(({ id }) => id))].sort(), windows };
}

type Row = Record<string, unknown>;

export interface ItemFigures {
  /** A row of `pipelines.itemUseByVisitor`. */
  addVisitor(place: number, id: string, row: Row): void;
  /** A row of `pipelines.itemUseByAccountVisitor`, of a visitor who is not excluded. */
  addAccountVisitor(place: number, id: string, row: Row): void;
  columns: Columns;
}

/** Words of 32 days each: no window has more than 180. */
const wordsOfDays = 6;

interface Collected {
  field: ItemPlan;
  start: number;
  values: Float64Array;
}

/** @param size records of the page */
export function createItemFigures({ fields, windows }: ItemQuestion, size: number, zone: string): ItemFigures {
  const startOf = new Map(windows.map(({ days, start }) => [days, start]));
  const collected = fields.map((field): Collected => {
    const nothing =
      field.measure === 'firstUse'
        ? Number.POSITIVE_INFINITY
        : field.measure === 'lastUse'
          ? Number.NEGATIVE_INFINITY
          : 0;
    return { field, start: startOf.get(field.window) ?? 0, values: new Float64Array(size).fill(nothing) };
  });
  const byItem = Map.groupBy(collected, ({ field }) => field.id);
  const days = createDaySets(size);
  const dateOf = createDates(zone);
  const columns = new Map<string, Column>(
    collected.map(({ field, start, values }): [string, Column] => [
      field.property,
      (place) => {
        const value = values[place] ?? 0;
        const count = field.measure === 'days' ? value + days.count(field.id, place, start) : value;
        return canonOf(field.measure, count, dateOf);
      },
    ]),
  );

  function addSums(place: number, { field, values }: Collected, row: Row): void {
    const { measure, window } = field;
    if (measure === 'events' || measure === 'minutes') {
      values[place] = (values[place] ?? 0) + figure(row[`${measure}${window}`]);
    }
  }

  return {
    addVisitor(place, id, row) {
      for (const { field, start, values } of byItem.get(id) ?? []) {
        const { measure, window } = field;
        // Of a row whose place in time cannot be read, every window may be more or less.
        const span = numberIn(row.span);
        if (span === undefined) values[place] = Number.NaN;
        else if (span > window) continue;
        const before = values[place] ?? 0;
        if (measure === 'firstUse') values[place] = earliest(before, row.first, start);
        else if (measure === 'lastUse') values[place] = latest(before, row.last, start);
        else values[place] = before + figure(row[measure]);
      }
    },
    addAccountVisitor(place, id, row) {
      const used: readonly unknown[] = Array.isArray(row.days) ? row.days : [];
      const wanted = byItem.get(id) ?? [];
      let isReadable = true;
      if (wanted.some(({ field }) => field.measure === 'days')) isReadable = days.add(id, place, used);
      for (const one of wanted) {
        addSums(place, one, row);
        const { field, start, values } = one;
        const { measure } = field;
        if (measure === 'days' && !isReadable) values[place] = Number.NaN;
        const better = measure === 'firstUse' ? earliest : measure === 'lastUse' ? latest : undefined;
        if (better) for (const day of used) values[place] = better(values[place] ?? 0, day, start);
      }
    },
    columns,
  };
}

function earliest(before: number, raw: unknown, start: number): number {
  if (raw === null || raw === undefined) return before;
  const day = numberIn(raw);
  if (day === undefined) return Number.NaN;
  return day >= start ? Math.min(before, day) : before;
}

function latest(before: number, raw: unknown, start: number): number {
  if (raw === null || raw === undefined) return before;
  const day = numberIn(raw);
  if (day === undefined) return Number.NaN;
  return day >= start ? Math.max(before, day) : before;
}

function canonOf(measure: UsageMeasure, value: number, dateOf: (ms: number) => string): Canon {
  if (measure === 'firstUse' || measure === 'lastUse') {
    if (Number.isNaN(value)) return { invalid: 'notATime' };
    return Number.isFinite(value) ? dateOf(value) : null;
  }
  if (value < 0) return { invalid: measure === 'minutes' ? 'negativeMinutes' : 'negativeCount' };
  return numberCanon(value);
}

/** Local dates of the starts of days: few instants, asked about very often. */
function createDates(zone: string): (ms: number) => string {
  const known = new Map<number, string>();
  return (ms) => {
    let date = known.get(ms);
    if (date === undefined) {
      date = dayIn(ms, zone);
      known.set(ms, date);
    }
    return date;
  };
}

/** Distinct days of each item and record, a bit a day. */
function createDaySets(size: number) {
  const bits = new Map<number, number>();
  const sets = new Map<string, Uint32Array>();
  return {
    /** False where a day cannot be read. */
    add(id: string, place: number, days: readonly unknown[]): boolean {
      let set = sets.get(id);
      if (set === undefined) {
        set = new Uint32Array(size * wordsOfDays);
        sets.set(id, set);
      }
      for (const raw of days) {
        const day = numberIn(raw);
        if (day === undefined) return false;
        let bit = bits.get(day);
        if (bit === undefined) {
          bit = bits.size;
          if (bit >= wordsOfDays * 32) return false;
          bits.set(day, bit);
        }
        const at = place * wordsOfDays + (bit >>> 5);
        set[at] = (set[at] ?? 0) | (1 << (bit & 31));
      }
      return true;
    },
    count(id: string, place: number, start: number): number {
      const set = sets.get(id);
      if (set === undefined) return 0;
      let count = 0;
      for (const [day, bit] of bits) {
        if (day >= start && ((set[place * wordsOfDays + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) !== 0) count++;
      }
      return count;
    },
  };
}
