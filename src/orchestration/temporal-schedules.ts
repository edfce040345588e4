/** Schedules in Temporal: made, looked at, removed. Several processes may do so at the same time. */
import { type Client, ScheduleAlreadyRunning, type ScheduleDescription } from '@temporalio/client';
import { optionsOf, scheduleFingerprint, scheduleId, type Wanted } from './schedule-options.ts';
import { isScheduleGone, isUnanswered } from './temporal-errors.ts';

/** A question that a person waits for. */
const answerWithinMs = 3000;

export function createTemporalSchedules(client: Client, taskQueue: string) {
  const soon = <T>(work: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + answerWithinMs, work);

  const remove = async (id: string): Promise<void> => {
    try {
      await client.schedule.getHandle(id).delete();
    } catch (error) {
      if (!isScheduleGone(error)) throw error;
    }
  };

  const apply = async (want: Wanted): Promise<void> => {
    const id = scheduleId(want);
    const options = optionsOf(want, taskQueue);
    for (let tries = 1; ; tries++) {
      try {
        await client.schedule.create(options);
        return;
      } catch (error) {
        // After some rounds it is no race with another process that makes the same one.
        if (!(error instanceof ScheduleAlreadyRunning) || tries > 3) throw error;
      }
      if (await isAsWanted(want)) return;
      // A memo cannot be updated, and a schedule that is made anew loses nothing that we keep there.
      await remove(id);
    }
  };

  /** Temporal leaves a question open, until its deadline, that meets a schedule which is just being deleted: ask again. */
  const describe = async (id: string): Promise<ScheduleDescription> => {
    for (let tries = 1; ; tries++) {
      try {
        return await soon(() => client.schedule.getHandle(id).describe());
      } catch (error) {
        if (!isUnanswered(error) || tries === 3) throw error;
      }
    }
  };

  /** Somebody else may be making it, or taking it away, at the same time. */
  const isAsWanted = async (want: Wanted): Promise<boolean> => {
    try {
      const { memo, state } = await describe(scheduleId(want));
      return memo?.spec === scheduleFingerprint(want) && state.paused === want.paused;
    } catch (error) {
      if (isScheduleGone(error)) return false;
      throw error;
    }
  };

  /** Null: there is none, it is paused, or it never fires again. */
  const nextOf = async (schedule: Pick<Wanted, 'tenantId' | 'object' | 'scope'>): Promise<Date | null> => {
    try {
      const { info, state } = await client.schedule.getHandle(scheduleId(schedule)).describe();
      return state.paused ? null : (info.nextActionTimes[0] ?? null);
    } catch (error) {
      if (isScheduleGone(error)) return null;
      throw error;
    }
  };

  return { soon, remove, apply, nextOf };
}
