/** Is this a schedule that Temporal takes, and not oftener than once an hour? The time zone is checked with the mapping. */
import type { SyncConfig } from '../sync/config.ts';
import type { FieldProblem } from './errors.ts';

const fields = [
  { name: 'minute', pattern: /^[0-5]?\d$/ },
  { name: 'hour', pattern: list('([01]?\\d|2[0-3])') },
  { name: 'day of month', pattern: list('(0?[1-9]|[12]\\d|3[01])') },
  { name: 'month', pattern: list('(0?[1-9]|1[0-2])') },
  { name: 'day of week', pattern: list('[0-7]') },
];

/** Numbers, ranges and steps, separated by commas; names of days and months are not taken. */
function list(one: string): RegExp {
  const part = `(\\*|${one}(-${one})?)(/[1-9]\\d?)?`;
  return new RegExp(`^${part}(,${part})*$`);
}

export function scheduleProblem(schedule: SyncConfig['schedule']): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const parts = schedule.cron.trim().split(/\s+/);
  const bad = parts.length === fields.length ? fields.find(({ pattern }, at) => !pattern.test(parts[at]!)) : undefined;
  if (parts.length !== fields.length || bad !== undefined) {
    problems.push({
      path: 'schedule.cron',
      code: 'CRON_INVALID',
      message: bad ? `The ${bad.name} of the schedule is not usable.` : 'The schedule needs five fields.',
      fix: 'Write minute (one number), hour, day of month, month and day of week, like "0 3 * * *".',
    });
  }
  return problems;
}
