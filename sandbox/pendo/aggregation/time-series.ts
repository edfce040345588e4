import type { Period } from '../calendar.ts';
import type { Compiler } from '../expression/compile.ts';
import { BadRequest } from '../refusals.ts';
import { onlyKeys, plainObject } from './fields.ts';

/** The time that a source covers: rows belong by `start <= time < end`. */
export interface Window {
  start: number;
  end: number;
}

export interface TimeSeries {
  /** One window over all for ranges; one per period for iterative ones. */
  windows: Window[];
  iterative: boolean;
  /** Rows of `events` come by the hour instead of by the day. */
  hourly: boolean;
  days: number;
}

const units: Record<string, Period> = {
  hourRange: 'hourly',
  dayRange: 'daily',
  weekRange: 'weekly',
  monthRange: 'monthly',
  hourly: 'hourly',
  daily: 'daily',
  weekly: 'weekly',
  monthly: 'monthly',
};

/**
 * Reads `timeSeries`. A positive count runs forward from the period that holds `first`; a negative one covers that
 * many periods before it. `last` is the last period, included.
 */
export function readTimeSeries(argument: unknown, compiler: Compiler): TimeSeries {
  const options = plainObject(argument, 'timeSeries');
  onlyKeys(options, ['period', 'first', 'last', 'count'], 'timeSeries');
  const unit = Object.hasOwn(units, String(options.period)) ? units[String(options.period)] : undefined;
  if (!unit) throw new BadRequest(`unknown period ${JSON.stringify(options.period)} in timeSeries`);
  const { calendar } = compiler.around;
  const first = calendar.startOf(unit, instant(options.first, 'first', compiler));
  const { count, last } = options;
  if ((count === undefined) === (last === undefined)) throw new BadRequest('timeSeries needs either count or last');

  let start = first;
  let length: number;
  if (count !== undefined) {
    if (typeof count !== 'number' || !Number.isInteger(count) || count === 0 || Math.abs(count) > 1_000_000) {
      throw new BadRequest(`bad count ${JSON.stringify(count)} in timeSeries`);
    }
    if (count < 0 || compiler.around.seriesCount === 'backward') start = calendar.add(first, -Math.abs(count), unit);
    length = Math.abs(count);
  } else {
    const end = calendar.startOf(unit, instant(last, 'last', compiler));
    if (end < first) throw new BadRequest('last lies before first in timeSeries');
    for (length = 1; calendar.add(first, length, unit) <= end; length++);
  }
  const borders = (from: number, to: number): Window => ({
    start: calendar.add(start, from, unit),
    end: calendar.add(start, to, unit),
  });
  const whole = borders(0, length);
  const iterative = unit === options.period;
  if (iterative && length > 10_000) throw new BadRequest('too many periods in timeSeries');
  return {
    windows: iterative ? Array.from({ length }, (_, i) => borders(i, i + 1)).filter(notEmpty) : [whole],
    iterative,
    hourly: unit === 'hourly',
    days: Math.max(1, calendar.dayNumber(whole.end - 1) - calendar.dayNumber(whole.start) + 1),
  };
}

/** A date that the zone skipped is no period. */
const notEmpty = ({ start, end }: Window) => end > start;

/** A number of ms, a string that holds one, or an expression. A bare word such as `now` is refused. */
function instant(value: unknown, name: string, compiler: Compiler): number {
  const at = typeof value === 'string' ? compiler.constant(value) : value;
  if (typeof at !== 'number' || !Number.isFinite(at) || Math.abs(at) > 8e15) {
    throw new BadRequest(`timeSeries needs a time in ${name}, not ${JSON.stringify(value)}`);
  }
  return at;
}
