/** Is this a schedule that can be carried out, and does it do what whoever wrote it expects? */
import { isZone } from '../sync/clock.ts';
import type { SyncConfig } from '../sync/config.ts';
import { type Cron, CronError, parseCron } from '../sync/cron.ts';
import { clockChanges, longestGapHours } from '../sync/cron-days.ts';
import type { FieldProblem } from './errors.ts';

type Schedule = SyncConfig['schedule'];

export function scheduleProblem({ cron }: Schedule): FieldProblem[] {
  try {
    parseCron(cron);
    return [];
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    return [{ path: 'schedule.cron', code: 'CRON_INVALID', message: error.message, fix: error.fix }];
  }
}

/** Longer than any month: such a schedule leaves whole months out. */
const rareHours = 32 * 24;

/** What is allowed and may surprise. Nothing where the schedule cannot be read at all. */
export function scheduleWarnings(schedule: Schedule, now: number): FieldProblem[] {
  if (scheduleProblem(schedule).length > 0 || !isZone(schedule.timeZone)) return [];
  const cron = parseCron(schedule.cron);
  return [...rareness(cron, schedule, now), ...bothDays(cron, schedule), ...changes(cron, schedule, now)];
}

function* rareness(cron: Cron, { cron: text }: Schedule, now: number): Generator<FieldProblem> {
  const gap = longestGapHours(cron, now);
  const path = 'schedule.cron';
  if (gap === null) {
    yield {
      path,
      code: 'CRON_NEVER',
      message: `The schedule "${text}" names a date that does not exist, so it never starts a run.`,
      fix: 'Choose a day that the month has, or "*" for every day.',
    };
  } else if (gap > rareHours) {
    yield {
      path,
      code: 'CRON_RARE',
      message: `The schedule "${text}" leaves up to ${Math.round(gap / 24)} days between two runs.`,
      fix: 'Use "*" for the day of month and the month where the sync is to run daily, or a day that every month has (1 to 28).',
    };
  }
}

function* bothDays(cron: Cron, { cron: text }: Schedule): Generator<FieldProblem> {
  if (cron.daysOfMonth.length === 31 || cron.daysOfWeek.length === 7) return;
  yield {
    path: 'schedule.cron',
    code: 'CRON_BOTH_DAYS',
    message: `The schedule "${text}" names days of the month and days of the week: a run starts only on days that are both (classic cron starts on days that are either).`,
    fix: 'Write "*" for one of the two.',
  };
}

function* changes(cron: Cron, { timeZone, cron: text }: Schedule, now: number): Generator<FieldProblem> {
  // Every hour: what is skipped is made up for within the hour.
  if (cron.hours.length === 24) return;
  const all = clockChanges(cron, timeZone, now);
  const fix = 'Choose an hour at which the clocks are not changed, or the time zone UTC.';
  const skipped = all.find(({ happens }) => happens === 'never');
  const doubled = all.find(({ happens }) => happens === 'twice');
  if (skipped) {
    yield {
      path: 'schedule.cron',
      code: 'CRON_SKIPPED_BY_CLOCK_CHANGE',
      message: `On ${skipped.at.slice(0, 10)} the clocks of ${timeZone} skip ${skipped.at.slice(11)}, so the schedule "${text}" starts no run at that time.`,
      fix,
    };
  }
  if (doubled) {
    yield {
      path: 'schedule.cron',
      code: 'CRON_DOUBLED_BY_CLOCK_CHANGE',
      message: `On ${doubled.at.slice(0, 10)} the clocks of ${timeZone} show ${doubled.at.slice(11)} twice, so the schedule "${text}" starts two runs at that time.`,
      fix,
    };
  }
}
