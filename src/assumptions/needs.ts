/** Which parts of a mapping rest on what. */
import type { Need } from './types.ts';

type Entry = Need['config']['push'][number];

/** Fields that are counted from rows of activity. */
export const countsUsage = ({ config }: Need): boolean =>
  config.push.some((entry) => ['daysActive', 'timeOnApp', 'usageTrending'].includes(metricOf(entry)));

export const countsDays = ({ config }: Need): boolean => config.push.some((entry) => metricOf(entry) === 'daysActive');

export const sumsMinutes = ({ config }: Need): boolean =>
  config.push.some((entry) => ['timeOnApp', 'usageTrending'].includes(metricOf(entry)));

export const readsAnswers = ({ config }: Need): boolean => config.push.some((entry) => metricOf(entry) === 'latestNps');

/** Records are read page by page for either leg. */
export const readsRecords = ({ config }: Need): boolean => config.push.length > 0 || config.pull.length > 0;

const metricOf = (entry: Entry): string => entry.metric;
