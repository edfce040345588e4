/** Which days a time series covers, and where they begin. */
import { type PendoClient, pipelines } from '../../pendo/index.ts';
import { daysBefore, startOfDay } from '../../sync/clock.ts';
import { countsUsage } from '../needs.ts';
import { disproved, type PendoAssumption, type PendoContext, proved, unknown } from '../types.ts';

/** Starts of the days with activity that Pendo gives for `count` days from `first` on. */
async function daysFrom(client: PendoClient, first: number, count: number): Promise<number[]> {
  const days: number[] = [];
  await client.aggregate<{ day: unknown }>(pipelines.activeDays(first, count), ({ day }) => {
    if (typeof day === 'number') days.push(day);
  });
  return days;
}

/** Yesterday, and where nothing happened, the week before today. */
async function recentDays(client: PendoClient, { zone, now }: PendoContext) {
  const today = startOfDay(now, zone);
  for (const count of [1, 7]) {
    const first = daysBefore(today, zone, count);
    const days = await daysFrom(client, first, count);
    if (days.length > 0) return { first, end: today, days };
  }
  return undefined;
}

export const seriesForward: PendoAssumption = {
  id: 'pendo.seriesForward',
  vendor: 'pendo',
  assumed: 'A positive `count` of a time series runs forward from `first`.',
  matters: 'All usage would be read from the days before the window: zeros, or figures of another time.',
  source: "Pendo's Postman collection; a README of Pendo's own says backward.",
  check: 'The days with activity of yesterday, or of the last week, are compared with what was asked for.',
  calls: 2,
  otherwise: 'stop',
  fix: 'Report this: windows have to be asked for in another way for this subscription.',
  neededBy: countsUsage,
  async ask(client, context) {
    const found = await recentDays(client, context);
    if (found === undefined) return unknown('There was no activity in the last seven days.');
    const outside = found.days.filter((day) => day < found.first || day >= found.end).length;
    const evidence = `${found.days.length} days with activity, ${outside} of them outside the days that were asked for.`;
    return outside === 0 ? proved(evidence) : disproved(evidence);
  },
};

export const daysOfZone: PendoAssumption = {
  id: 'pendo.daysOfZone',
  vendor: 'pendo',
  assumed: 'Days of activity begin where those of the time zone of the connection begin.',
  matters: 'Activity around midnight would count for the wrong day, and windows would be cut in the middle of one.',
  source: 'Restated by third parties: days are those of the subscription. No endpoint names its zone.',
  check: 'The starts of the days with activity are compared with the zone.',
  calls: 2,
  otherwise: 'stop',
  fix: "Set the Pendo connection's zone to the time zone that Pendo shows under Subscription settings.",
  neededBy: countsUsage,
  async ask(client, context) {
    const found = await recentDays(client, context);
    if (found === undefined) return unknown('There was no activity in the last seven days.');
    const wrong = found.days.filter((day) => day !== startOfDay(day, context.zone)).length;
    const evidence = `${found.days.length} days with activity, ${wrong} of them begin at another time.`;
    return wrong === 0 ? proved(evidence) : disproved(evidence);
  },
};
