/** Which parts of a mapping rest on what. */
import { syncConfigSchema, syncObjects } from '../sync/config.ts';
import { pushMetrics } from '../sync/push-mapping.ts';
import type { Need } from './types.ts';

type Entry = Need['config']['push'][number];

const some = ({ config }: Need, ...names: readonly string[]): boolean =>
  config.push.some((entry) => namesOf(entry).some((name) => names.includes(name)));

/** Fields and events that are counted from rows of activity. */
export const countsUsage = (need: Need): boolean =>
  hasEvents(need) ||
  some(need, 'daysActive', 'timeOnApp', 'usageTrending', 'activeVisitors', 'page', 'feature', 'trackType');

/** Of these, what is counted from rows of `events`. */
export const countsEvents = (need: Need): boolean =>
  some(need, 'daysActive', 'timeOnApp', 'usageTrending', 'activeVisitors');

export const countsDays = (need: Need): boolean => some(need, 'daysActive', 'days');

/** Events of every item have a count and minutes. */
export const sumsMinutes = (need: Need): boolean =>
  hasEvents(need) || some(need, 'timeOnApp', 'usageTrending', 'minutes');

export const readsAnswers = (need: Need): boolean => some(need, 'latestNps', 'nps');

/** Records are read page by page for either leg. */
export const readsRecords = ({ config }: Need): boolean => config.push.length > 0 || config.pull.length > 0;

export const sendsProperties = ({ config }: Need): boolean =>
  (config.events ?? []).some(({ source, properties = [] }) => source === 'trackType' && properties.length > 0);

const hasEvents = ({ config }: Need): boolean => (config.events?.length ?? 0) > 0;

/** The metric of an entry; or its source, and what it measures of that. */
function namesOf(entry: Entry): string[] {
  if ('metric' in entry) return [entry.metric];
  return [entry.source, ...('measure' in entry ? [entry.measure] : [])];
}

/** All that a sync could rest on, for accounts that nothing is mapped of yet. */
export function everyNeed(): Need[] {
  const pull = [{ property: 'email' }];
  const push = pushMetrics.map((metric) => ({ metric }));
  const config = syncConfigSchema.parse({ joinKey: { property: 'email' }, pull, push });
  return syncObjects.map((object) => ({ object, config }));
}
