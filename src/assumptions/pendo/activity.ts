/** Whether `events` holds what people did, and nothing else. */
import { pipelines } from '../../pendo/index.ts';
import { daysBefore, startOfDay } from '../../sync/clock.ts';
import { numberIn } from '../../sync/numbers.ts';
import { countsEvents } from '../needs.ts';
import { disproved, type PendoAssumption, proved, unknown } from '../types.ts';

/** Of fewer people, the shares say nothing. */
const fewest = 10;
/** More than this share outside of what was tagged is no oversight in tagging. */
const share = 1 / 4;

export const eventsAreActivity: PendoAssumption = {
  id: 'pendo.eventsAreActivity',
  vendor: 'pendo',
  assumed: '`events` holds what people did, and no calls that only identify them or change their metadata.',
  matters: 'Days Active, Time on App and Usage Trending would count days and minutes on which nobody used the product.',
  source:
    'Documented as activity; one restatement adds identification, metadata updates, and track events where they are switched on.',
  check:
    'The people and minutes of the last week are compared with those of tagged pages, features and track events. Not so: more than a quarter of either is outside of these.',
  calls: 1,
  otherwise: 'stop',
  fix: "Say what is meant in the Pendo connection's setting `activity`: `events` if all of it is activity (most pages are not tagged), or `pagesAndFeatures` to count tagged pages and features only.",
  neededBy: (need) => countsEvents(need) && (need.activity ?? 'checked') === 'checked',
  async ask({ client, zone, now }) {
    const first = daysBefore(startOfDay(now, zone), zone, 7);
    const people = { tagged: 0, track: 0, none: 0 };
    let minutes = 0;
    let onPages = 0;
    await client.aggregate<Record<string, unknown>>(pipelines.activityBySource(first, 7), (row) => {
      const used = String(row.used);
      if (used in people) people[used as keyof typeof people] += numberIn(row.people) ?? 0;
      minutes += numberIn(row.minutes) ?? 0;
      onPages += numberIn(row.pageMinutes) ?? 0;
    });
    const all = people.tagged + people.track + people.none;
    if (all < fewest) return unknown(`${all} people have events in the last week: too few to tell.`);
    const evidence = `Of ${all} people with events in the last week, ${people.track} have track events only, and ${people.none} no tagged page, feature or track event. Of ${minutes} minutes, ${onPages} are on tagged pages.`;
    const isWrong = people.none > all * share || minutes - onPages > minutes * share;
    return isWrong ? disproved(evidence) : proved(evidence);
  },
};
