/** Which days a time series covers, and where they begin. */
import { startOfDay } from '../../sync/clock.ts';
import type { Verdict } from '../../sync/verdicts.ts';
import { countsUsage } from '../needs.ts';
import { disproved, type PendoAssumption, proved, unknown } from '../types.ts';
import type { PendoQuestions, RecentDays } from './questions.ts';

/** How many of the recent days with activity are not as they should be. */
async function judgeDays(
  { recentDays }: PendoQuestions,
  isWrong: (day: number, asked: RecentDays) => boolean,
  how: string,
): Promise<Verdict> {
  const found = await recentDays();
  if (found === undefined) return unknown('There was no activity in the last seven days.');
  const wrong = found.days.filter((day) => isWrong(day, found)).length;
  const evidence = `Days with activity: ${found.days.length}. ${how}: ${wrong}.`;
  return wrong === 0 ? proved(evidence) : disproved(evidence);
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
  ask: (questions) =>
    judgeDays(questions, (day, { first, end }) => day < first || day >= end, 'Outside the days that were asked for'),
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
  ask: (questions) => judgeDays(questions, (day) => day !== startOfDay(day, questions.zone), 'Begin at another time'),
};
