import type { Switches } from '../../contract.ts';
import { type Calendar, DAY, type Period, periods } from '../calendar.ts';
import type { StringOrder } from '../order.ts';
import { BadRequest } from '../refusals.ts';
import { formatTime } from './format-time.ts';

/** What expressions of one request see of the world around the row. `now` stands still for the whole request. */
export interface Surroundings {
  /** Does `list` leave out what it has already? */
  distinctLists: boolean;
  now: number;
  calendar: Calendar;
  apps: { id: number; name: string }[];
  /** Of `sort`. */
  strings: StringOrder;
  /** Of `<`, `<=`, `>` and `>=`. */
  compared: StringOrder;
  /** What `countIf` of a field counts. */
  countIf: Switches['pendoCountIf'];
  /** What a sum makes of a value that is not there. */
  missingInSum: Switches['pendoMissingInSum'];
  /** Paths into the properties of track events. */
  propertyPaths: Switches['pendoPropertyPaths'];
  /** Where a positive count runs to. */
  seriesCount: Switches['pendoSeriesCount'];
  startOfPeriod: Switches['pendoStartOfPeriod'];
}

export interface PipelineFunction {
  /** Fewest and most arguments. */
  arity: [number, number];
  // biome-ignore lint/suspicious/noExplicitAny: arguments are whatever the row holds
  apply: (...values: any[]) => unknown;
}

const units: Record<string, Period> = {
  hours: 'hourly',
  days: 'daily',
  weeks: 'weekly',
  months: 'monthly',
  quarters: 'quarterly',
  years: 'yearly',
};

function period(name: unknown): Period {
  if (periods.includes(name as Period)) return name as Period;
  throw new BadRequest(`unknown period ${JSON.stringify(name)}`);
}

/** All functions of the expression language that this sandbox knows. Arguments arrive evaluated, nothing as null. */
export function functions(around: Surroundings): Record<string, PipelineFunction> {
  const { calendar } = around;

  function date(...parts: unknown[]): number {
    const [first] = parts;
    if (typeof first === 'string' && parts.length === 1) {
      const match = /^(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(first);
      if (!match) throw new BadRequest(`cannot read date ${JSON.stringify(first)}`);
      return date(
        ...match
          .slice(1)
          .filter((part) => part !== undefined)
          .map(Number),
      );
    }
    if (!parts.every((part) => typeof part === 'number')) throw new BadRequest('date takes a string or numbers');
    const [year, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts as number[];
    const civil = Date.UTC(year!, month - 1, day);
    if (hour === 0 && minute === 0 && second === 0) return calendar.dayStart(civil / DAY);
    return calendar.instant(civil + hour * 3_600_000 + minute * 60_000 + second * 1000);
  }

  function distance(from: unknown, to: unknown, name: unknown): number | null {
    const unit = period(name);
    if (typeof from !== 'number' || typeof to !== 'number') return null;
    const end = calendar.startOf(unit, Math.max(from, to));
    let at = calendar.startOf(unit, Math.min(from, to));
    let count = 0;
    for (; at < end; count++) at = calendar.add(at, 1, unit);
    return from <= to ? count : -count;
  }

  return {
    isNull: { arity: [1, 1], apply: (value) => value === null },
    isNil: { arity: [1, 1], apply: (value) => value === null },
    if: { arity: [3, 3], apply: (condition, yes, no) => (condition ? yes : no) },
    contains: {
      arity: [2, 2],
      apply: (whole, part) =>
        typeof whole === 'string' || Array.isArray(whole) ? whole.includes(part as never) : false,
    },
    startsWith: {
      arity: [2, 2],
      apply: (whole, part) => typeof whole === 'string' && typeof part === 'string' && whole.startsWith(part),
    },
    len: {
      arity: [1, 1],
      apply: (value) => {
        if (typeof value === 'string') return Buffer.byteLength(value);
        return Array.isArray(value) ? value.length : value && typeof value === 'object' ? Object.keys(value).length : 0;
      },
    },
    identified: { arity: [1, 1], apply: (value) => typeof value === 'string' && !value.startsWith('_PENDO_T_') },
    hash: { arity: [1, 1], apply: fnv },
    keys: { arity: [1, 1], apply: (value) => (value && typeof value === 'object' ? Object.keys(value) : []) },
    list: { arity: [0, 10_000], apply: (...values) => values },
    now: { arity: [0, 0], apply: () => around.now },
    date: { arity: [1, 6], apply: date },
    dateAdd: {
      arity: [3, 3],
      apply: (at, count, name) => {
        const unit = units[name as string];
        if (!unit) throw new BadRequest(`unknown unit ${JSON.stringify(name)} in dateAdd`);
        return typeof at === 'number' && typeof count === 'number' ? calendar.add(at, count, unit) : null;
      },
    },
    dateDist: { arity: [3, 3], apply: distance },
    startOfPeriod: {
      arity: [2, 2],
      apply: (name, at) => {
        if (around.startOfPeriod === 'refused') throw new BadRequest('startOfPeriod: bad arguments');
        const unit = period(name);
        return typeof at === 'number' ? calendar.startOf(unit, at) : null;
      },
    },
    formatTime: {
      arity: [2, 2],
      apply: (pattern, at) => {
        if (typeof pattern !== 'string') throw new BadRequest('formatTime takes a layout first');
        if (typeof at !== 'number') return null;
        const wall = calendar.wall(at);
        return formatTime(pattern, wall, wall - at);
      },
    },
    expandAppIds: {
      arity: [1, 1],
      apply: (pattern) => {
        if (typeof pattern !== 'string') throw new BadRequest('expandAppIds takes a pattern');
        if (pattern === '*') return around.apps.map((app) => app.id);
        const wanted = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
        return around.apps.filter((app) => wanted.test(app.name) || wanted.test(String(app.id))).map((app) => app.id);
      },
    },
  };
}

/** FNV-1a over the value's text. Pendo's own hash is not known; only "equal in, equal out" can be relied on. */
function fnv(value: unknown): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}
