/**
 * Cron expressions of five fields as schedules use them. They are read here and handed on as plain lists of numbers, so that
 * names, ranges, steps and `@daily` mean the same whoever carries the schedule out.
 */

export interface Cron {
  minute: number;
  hours: number[];
  daysOfMonth: number[];
  months: number[];
  /** 0 is Sunday. */
  daysOfWeek: number[];
}

/** What is wrong with an expression, for a person. */
export class CronError extends Error {
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.name = 'CronError';
    this.fix = fix;
  }
}

const predefined: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

interface Field {
  name: string;
  from: number;
  to: number;
  /** First letters of names, the first of which stands for `from`. */
  names?: readonly string[];
}

const fields = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31 },
  {
    name: 'month',
    from: 1,
    to: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // 7 is Sunday as well.
  { name: 'day of week', from: 0, to: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const satisfies Field[];

/** @throws CronError */
export function parseCron(text: string): Cron {
  const trimmed = text.trim().toLowerCase();
  const expression = trimmed.startsWith('@') ? predefined[trimmed] : trimmed;
  if (expression === undefined) {
    throw new CronError(
      `"${text}" is not a schedule that is known here.`,
      `Use one of ${Object.keys(predefined).join(', ')}, or five fields like "0 3 * * *".`,
    );
  }
  const parts = expression.split(/\s+/);
  if (parts.length !== fields.length) {
    throw new CronError(
      `The schedule "${text}" has ${parts[0] === '' ? 'no fields' : `${parts.length} ${parts.length === 1 ? 'field' : 'fields'}`}; it needs five.`,
      'Write minute, hour, day of month, month and day of week, like "0 3 * * *" for 03:00 every day.',
    );
  }
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = fields.map((field, at) => parseField(field, parts[at]!));
  if (minutes!.length !== 1) {
    throw new CronError(
      `The schedule "${text}" starts ${minutes!.length} times an hour; once an hour is the most.`,
      'Write one number for the minute. For syncs between the full runs set schedule.deltaMinutes.',
    );
  }
  return {
    minute: minutes![0]!,
    hours: hours!,
    daysOfMonth: daysOfMonth!,
    months: months!,
    daysOfWeek: [...new Set(daysOfWeek!.map((day) => day % 7))].sort((a, b) => a - b),
  };
}

/** The same schedule in numbers, commas and `*` only, which every reader of cron expressions understands alike. */
export function plainCron({ minute, hours, daysOfMonth, months, daysOfWeek }: Cron): string {
  const part = (values: number[], all: number): string => (values.length === all ? '*' : values.join(','));
  return [minute, part(hours, 24), part(daysOfMonth, 31), part(months, 12), part(daysOfWeek, 7)].join(' ');
}

function parseField(field: Field, text: string): number[] {
  const values = new Set<number>();
  for (const part of text.split(',')) for (const value of parsePart(field, part)) values.add(value);
  return [...values].sort((a, b) => a - b);
}

function* parsePart(field: Field, part: string): Generator<number> {
  const { name, from, to } = field;
  const [range = '', stepText, ...more] = part.split('/');
  const step = stepText === undefined ? 1 : Number(stepText);
  if (more.length > 0 || (stepText !== undefined && (!/^\d{1,2}$/.test(stepText) || step === 0)))
    throw unusable(field, part);
  const [first = '', last, ...rest] = range.split('-');
  if (rest.length > 0) throw unusable(field, part);
  const any = range === '*' || (range === '?' && name.startsWith('day'));
  const start = any ? from : numberOf(field, first, part);
  const end = any ? to : last !== undefined ? numberOf(field, last, part) : stepText === undefined ? start : to;
  if (end < start) {
    throw new CronError(
      `The ${name} "${part}" of the schedule runs backwards.`,
      `Write the two parts, separated by a comma: "${first}-${to},${from}-${last}".`,
    );
  }
  for (let value = start; value <= end; value += step) yield value;
}

function numberOf(field: Field, text: string, part: string): number {
  const named = field.names?.indexOf(text.slice(0, 3)) ?? -1;
  if (named >= 0 && /^[a-z]+$/.test(text)) return field.from + named;
  const value = Number(text);
  if (!/^\d{1,2}$/.test(text) || value < field.from || value > field.to) throw unusable(field, part);
  return value;
}

function unusable({ name, from, to, names }: Field, part: string): CronError {
  return new CronError(
    `The ${name} "${part}" of the schedule cannot be used.`,
    `Write a number from ${from} to ${to}${names ? ` or a name like ${names[1]}` : ''}, a range like "${from + 1}-${from + 2}", a step like "*/2", or "*".`,
  );
}
