/**
 * A database that is away is waited for as a vendor is, whatever a step was at: reading, settling, delivering, closing. This
 * stands around every activity, so that no query of one, before or behind its steps, is missed.
 */
import { CancelledFailure } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import { isDatabaseAway } from '../../db/away.ts';
import { noteWait } from '../../telemetry/work-metrics.ts';
import type { StepResult } from '../types.ts';
import { scrubbed } from './scrub.ts';

/** A step met it, and may have got somewhere before. */
export class DatabaseAway extends Error {
  readonly progressed: boolean;

  constructor(progressed: boolean, cause: unknown) {
    super('The database is away.', { cause });
    this.name = 'DatabaseAway';
    this.progressed = progressed;
  }
}

/** Attempts at an activity (about a minute) before the run waits instead. */
const attemptsBeforeWaiting = 8;

/** These have nothing to hand back but their result, so they are tried again, for hours. */
const mustEnd = new Set(['closeRun', 'queueDailyRun']);

/**
 * Shortly away: Temporal tries again. For longer: the run waits, with the give-up time that it has for vendors. Whatever else an
 * activity throws enters history in our own words only.
 */
export function waitForDatabase(log: Logger): ActivityInterceptorsFactory {
  return ({ info: { activityType: activity, attempt } }) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          const met = error instanceof DatabaseAway;
          if (!met && !isDatabaseAway(error)) throw error instanceof CancelledFailure ? error : scrubbed(error);
          const cause = met ? error.cause : error;
          log.warn({ activity, attempt, err: cause }, 'the database is away');
          if (mustEnd.has(activity) || attempt < attemptsBeforeWaiting) throw scrubbed(cause);
          noteWait('database', 'outage');
          return {
            kind: 'wait',
            until: Date.now(),
            fault: true,
            progressed: met && error.progressed,
            cause: { of: 'database', why: 'outage' },
          } satisfies StepResult;
        }
      },
    },
  });
}
