/** What the pictures say in words, for those who do not see them. */
import { count, dayName } from './numbers.ts';

export const pictures = {
  stripLabel: (days: number, runs: number) => `Runs of the last ${days} days: ${runs} with a run`,
  stripDay: (day: string, state: string, written: number, rejected: number) =>
    `${dayName(day)}: ${state}, ${count(written)} written${rejected > 0 ? `, ${count(rejected)} refused` : ''}`,
  stripGap: (day: string) => `${dayName(day)}: no full run`,
  matchLabel: (hubspot: number, both: number, pendo: number) =>
    `${count(both)} match, ${count(hubspot)} only in HubSpot, ${count(pendo)} only in Pendo`,
  onlyHubSpot: 'only in HubSpot',
  both: 'match',
  onlyPendo: 'only in Pendo',
  before: 'Before',
  now: 'Now',
  line: 'Limit',
  read: 'read',
  matched: 'matched',
  owed: 'to write',
  written: 'written',
  trendPoint: (at: string, value: string) => `${at}: ${value}`,
};
